/**
 * Binary frames from the server: decoded with every field checked, and dropped when stale.
 *
 * A frame is little endian: "HTF1", u8 type, u8 stage, u8 space, u8 dtype, u32 rev, u32 height,
 * u32 width, f32 scale, u32 live, u32 reserved, then the values. Chroma is value * scale.
 *
 * @typedef {import("./types.js").SpaceName} SpaceName
 * @typedef {"preview" | "progress" | "refined" | "final"} Stage
 */

/**
 * @typedef {object} ChromaFrame
 * @property {"chroma"} type
 * @property {Stage} stage
 * @property {SpaceName} space
 * @property {number} rev
 * @property {number} height
 * @property {number} width
 * @property {number} scale
 * @property {boolean} live whether the stroke that is being painted is in it
 * @property {Int8Array | Uint16Array} values (height, width, 2), int8 or the bits of float16
 */

/**
 * @typedef {object} GuideFrame
 * @property {"guide"} type
 * @property {SpaceName} space
 * @property {number} rev
 * @property {number} height
 * @property {number} width
 * @property {Uint16Array} values (height, width), the bits of float16
 */

/** @typedef {ChromaFrame | GuideFrame} Frame */

const HEADER = 32;
const MAGIC = 0x31465448; // "HTF1"
const MOST_SIDE = 8192;

/** @type {readonly Stage[]} */
const STAGES = ["preview", "progress", "refined", "final"];

/** @type {readonly SpaceName[]} */
const SPACES = ["lab", "oklab", "yuv", "yuv709"];

/** A frame that is not as agreed. */
export class FrameError extends Error {}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < HEADER) {
    throw new FrameError(`frame of ${buffer.byteLength} bytes; its header alone has ${HEADER}`);
  }
  const head = new DataView(buffer, 0, HEADER);
  if (head.getUint32(0, true) !== MAGIC) throw new FrameError("frame does not begin with HTF1");
  const type = head.getUint8(4);
  const stage = STAGES[head.getUint8(5)];
  const space = SPACES[head.getUint8(6)];
  const dtype = head.getUint8(7);
  const rev = head.getUint32(8, true);
  const height = head.getUint32(12, true);
  const width = head.getUint32(16, true);
  const scale = head.getFloat32(20, true);
  const live = head.getUint32(24, true);
  if (type > 1) throw new FrameError(`frame of type ${type}; known are 0 and 1`);
  if (!stage) throw new FrameError(`frame of stage ${head.getUint8(5)}; known are 0 to 3`);
  if (!space) throw new FrameError(`frame in space ${head.getUint8(6)}; known are 0 to 3`);
  if (dtype > 1 || (type === 1 && dtype !== 1)) {
    throw new FrameError(`frame of type ${type} with values of dtype ${dtype}`);
  }
  if (!(height >= 1 && height <= MOST_SIDE && width >= 1 && width <= MOST_SIDE)) {
    throw new FrameError(`frame of ${height} x ${width}; sides are from 1 to ${MOST_SIDE}`);
  }
  const count = height * width * (type === 0 ? 2 : 1);
  const bytes = HEADER + count * (dtype === 0 ? 1 : 2);
  if (buffer.byteLength !== bytes) {
    throw new FrameError(`frame of ${buffer.byteLength} bytes; its header says ${bytes}`);
  }
  if (type === 1) {
    return { type: "guide", space, rev, height, width, values: new Uint16Array(buffer, HEADER) };
  }
  if (!(Number.isFinite(scale) && scale >= 0)) throw new FrameError(`frame of scale ${scale}`);
  const values = dtype === 0 ? new Int8Array(buffer, HEADER) : new Uint16Array(buffer, HEADER);
  return { type: "chroma", stage, space, rev, height, width, scale, live: live !== 0, values };
}

/**
 * Whether a chroma frame replaces the one that is shown: nothing goes back to an older document, nor
 * to a worse stage of the same one. A picture with a live stroke gives way to any other.
 *
 * @param {Pick<ChromaFrame, "rev" | "stage" | "live">} frame
 * @param {Pick<ChromaFrame, "rev" | "stage" | "live"> | null} shown
 */
export function replaces(frame, shown) {
  if (!shown || frame.rev > shown.rev) return true;
  if (frame.rev < shown.rev) return false;
  return frame.live || shown.live || STAGES.indexOf(frame.stage) >= STAGES.indexOf(shown.stage);
}

/** @type {Float32Array | null} */
let halves = null;

/**
 * Value of every float16, by its bits; 0 for what is not finite. Made at the first use.
 * @returns {Float32Array}
 */
export function halfTable() {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return 0;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves;
}

/**
 * Name of the grid and space of a frame: a chroma frame needs the guide of the same name.
 * @param {Pick<Frame, "height" | "width" | "space">} frame
 */
export const gridKey = (frame) => `${frame.height}x${frame.width}:${frame.space}`;

/**
 * Chroma and guide as one picture, which is a texture as it stands.
 *
 * @param {ChromaFrame} chroma
 * @param {GuideFrame} guide of the same grid and space
 * @returns {import("./color/upsample.js").ChromaPicture}
 */
export function joined(chroma, guide) {
  const table = halfTable();
  const { values: from, scale } = chroma;
  const light = guide.values;
  const values = new Float32Array(4 * light.length);
  const bytes = from instanceof Int8Array;
  let zero = true;
  for (let i = 0, j = 0, k = 0; i < light.length; i++, j += 2, k += 4) {
    const a = bytes ? from[j] : table[from[j]];
    const b = bytes ? from[j + 1] : table[from[j + 1]];
    if (a !== 0 || b !== 0) zero = false;
    values[k] = a * scale;
    values[k + 1] = b * scale;
    values[k + 2] = table[light[i]];
  }
  const { height, width, space } = chroma;
  return { height, width, space, values, zero: zero || scale === 0 };
}
