/**
 * Between photo and screen. Pure.
 *
 * Photo points are (row, column) in photo pixels, stage points (x, y) in CSS pixels from the upper
 * left corner of the stage, device points the same in the pixels of the screen.
 *
 * @typedef {import("../types.js").View} View
 * @typedef {import("../types.js").Point} Point
 * @typedef {{height: number, width: number}} Size
 * @typedef {{scale: number, x: number, y: number}} Transform
 *   device x = scale * column + x, device y = scale * row + y
 */

/** CSS pixels of a photo pixel at which no more can be seen. */
export const MOST_SCALE = 40;

/** CSS pixels left free around a photo that is fitted. */
const MARGIN = 16;

/**
 * Smallest and largest scale that make sense.
 * @param {Size} photo
 * @param {Size} stage
 * @returns {[number, number]}
 */
export function scaleLimits(photo, stage) {
  const fit = Math.min(stage.width / photo.width, stage.height / photo.height);
  return [Math.min(0.4 * Math.max(fit, 1e-3), 1), Math.max(MOST_SCALE, fit)];
}

/**
 * The whole photo, as large as it goes.
 * @param {Size} photo
 * @param {Size} stage
 * @returns {View}
 */
export function fitView(photo, stage) {
  const across = Math.max(stage.width - 2 * MARGIN, 1) / photo.width;
  const down = Math.max(stage.height - 2 * MARGIN, 1) / photo.height;
  const scale = Math.min(across, down, MOST_SCALE);
  return { scale, row: photo.height / 2, column: photo.width / 2 };
}

/**
 * The view, kept in its limits: the middle of the stage always shows the photo.
 * @param {View} view
 * @param {Size} photo
 * @param {Size} stage
 * @returns {View}
 */
export function clampView(view, photo, stage) {
  const [least, most] = scaleLimits(photo, stage);
  return {
    scale: within(view.scale, least, most),
    row: within(view.row, 0, photo.height),
    column: within(view.column, 0, photo.width),
  };
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const within = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * @param {View} view
 * @param {Size} stage
 * @param {number} x
 * @param {number} y
 * @returns {Point} (row, column)
 */
export function toPhoto(view, stage, x, y) {
  return [
    view.row + (y - stage.height / 2) / view.scale,
    view.column + (x - stage.width / 2) / view.scale,
  ];
}

/**
 * @param {View} view
 * @param {Size} stage
 * @param {number} row
 * @param {number} column
 * @returns {[number, number]} (x, y)
 */
export function toStage(view, stage, row, column) {
  return [
    stage.width / 2 + (column - view.column) * view.scale,
    stage.height / 2 + (row - view.row) * view.scale,
  ];
}

/**
 * The view at another scale, with the photo point under (x, y) staying there.
 * @param {View} view
 * @param {Size} photo
 * @param {Size} stage
 * @param {number} x
 * @param {number} y
 * @param {number} factor
 * @returns {View}
 */
export function zoomAt(view, photo, stage, x, y, factor) {
  const [least, most] = scaleLimits(photo, stage);
  const scale = within(view.scale * factor, least, most);
  const [row, column] = toPhoto(view, stage, x, y);
  const moved = {
    scale,
    row: row - (y - stage.height / 2) / scale,
    column: column - (x - stage.width / 2) / scale,
  };
  return clampView(moved, photo, stage);
}

/**
 * The view after the photo was dragged by (dx, dy) CSS pixels.
 * @param {View} view
 * @param {Size} photo
 * @param {Size} stage
 * @param {number} dx
 * @param {number} dy
 * @returns {View}
 */
export function panBy(view, photo, stage, dx, dy) {
  const { scale, row, column } = view;
  return clampView({ scale, row: row - dy / scale, column: column - dx / scale }, photo, stage);
}

/**
 * From photo to device pixels. At whole scales the photo's pixels lie on the screen's, so that 100 %
 * is sharp.
 * @param {View} view
 * @param {Size} stage
 * @param {number} ratio device pixels a CSS pixel
 * @returns {Transform}
 */
export function deviceTransform(view, stage, ratio) {
  const scale = view.scale * ratio;
  const x = (stage.width / 2) * ratio - view.column * scale;
  const y = (stage.height / 2) * ratio - view.row * scale;
  const near = Math.round(scale);
  const whole = Math.abs(scale - near) < 1e-6 && near >= 1;
  return whole ? { scale: near, x: Math.round(x), y: Math.round(y) } : { scale, x, y };
}

/**
 * Part of the photo that is on the screen.
 * @param {Transform} transform
 * @param {Size} device size of the stage in device pixels
 * @param {Size} photo
 * @returns {{top: number, left: number, bottom: number, right: number}}
 */
export function visiblePart(transform, device, photo) {
  const { scale, x, y } = transform;
  return {
    top: Math.max(-y / scale, 0),
    left: Math.max(-x / scale, 0),
    bottom: Math.min((device.height - y) / scale, photo.height),
    right: Math.min((device.width - x) / scale, photo.width),
  };
}
