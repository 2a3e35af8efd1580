/**
 * The tiles of the photo's pyramid: which are wanted, which are there, which to draw.
 *
 * Level l shows the photo with 2^l by 2^l photo pixels a texel; the last level is a single tile. While
 * a tile is on its way, the nearest coarser one that is there stands in for it.
 *
 * @typedef {import("../types.js").Project} Project
 * @typedef {{level: number, row: number, column: number}} Place
 *
 * @typedef {object} Tile
 * @property {string} key
 * @property {number} level
 * @property {number} row
 * @property {number} column
 * @property {number} height
 * @property {number} width
 * @property {number} step photo pixels a texel
 * @property {number} top photo row of its upper edge
 * @property {number} left
 * @property {number} bottom
 * @property {number} right
 * @property {Uint8Array} data grey code values
 */

/** Bytes of tiles that are kept: a view of 4K three times over, and a photo of 100 megapixels. */
const BUDGET = 160 * 2 ** 20;
const AT_ONCE = 4;

/** Milliseconds until a tile that failed is asked for again, at first and at most; doubled each time. */
const FIRST_DELAY = 250;
const LONGEST_DELAY = 8000;

/**
 * Level whose texels are no larger than device pixels, the coarsest such.
 * @param {number} scale device pixels a photo pixel
 * @param {number} levels
 */
export function levelFor(scale, levels) {
  const level = Math.floor(Math.log2(1 / scale) + 1e-9);
  return Math.min(Math.max(level, 0), levels - 1);
}

/**
 * Places of the tiles of a level that meet a part of the photo, the middle ones first.
 * @param {{top: number, left: number, bottom: number, right: number}} part in photo pixels
 * @param {number} level
 * @param {number} tile side of a tile
 * @returns {Place[]}
 */
export function placesIn(part, level, tile) {
  if (part.bottom <= part.top || part.right <= part.left) return [];
  const span = tile * 2 ** level;
  /** @type {Place[]} */
  const places = [];
  for (let row = Math.floor(part.top / span); row * span < part.bottom; row++) {
    for (let column = Math.floor(part.left / span); column * span < part.right; column++) {
      places.push({ level, row, column });
    }
  }
  const middle = [(part.top + part.bottom) / 2 / span, (part.left + part.right) / 2 / span];
  /** @param {Place} p */
  const off = (p) => Math.hypot(p.row + 0.5 - middle[0], p.column + 0.5 - middle[1]);
  return places.sort((a, b) => off(a) - off(b));
}

/** @param {Place} place */
const keyOf = ({ level, row, column }) => `${level}/${row}/${column}`;

export class Tiles {
  /**
   * @param {Project} project
   * @param {() => void} arrived called when there is a new tile
   * @param {typeof fetch} [load]
   */
  constructor(project, arrived, load = (...args) => fetch(...args)) {
    this.project = project;
    this.arrived = arrived;
    this.load = load;
    /** @type {Map<string, Tile>} the least recently used first */
    this.ready = new Map();
    /** @type {Map<string, AbortController>} */
    this.loading = new Map();
    /** @type {Map<string, {delay: number, until: number}>} tiles that failed, and when to ask again */
    this.failed = new Map();
    /** @type {Place[]} in the order in which they are wanted */
    this.wanted = [];
    this.bytes = 0;
    /** @type {string | null} why the last tile could not be had */
    this.error = null;
    this.closed = false;
    this.top = { level: project.levels - 1, row: 0, column: 0 };
  }

  /**
   * Tiles to draw for a part of the photo, in the order of drawing; those that lack are fetched.
   * @param {{top: number, left: number, bottom: number, right: number}} part
   * @param {number} level
   * @returns {Tile[]}
   */
  select(part, level) {
    const places = placesIn(part, level, this.project.tile);
    /** @type {Map<string, Tile>} */
    const chosen = new Map();
    /** @type {Place[]} */
    const lacking = [];
    for (const place of places) {
      const tile = this.#use(keyOf(place));
      if (tile) {
        chosen.set(tile.key, tile);
        continue;
      }
      lacking.push(place);
      for (const other of this.#standIns(place)) chosen.set(other.key, other);
    }
    const whole = this.ready.has(keyOf(this.top)) ? [] : [this.top];
    this.#want([...whole, ...lacking]);
    return [...chosen.values()].sort((a, b) => this.#order(a, level) - this.#order(b, level));
  }

  /**
   * Coarse ones first, then what is finer than wanted, then the level itself.
   * @param {Tile} tile
   * @param {number} level
   */
  #order(tile, level) {
    return tile.level === level ? 2 : tile.level < level ? 1 : -tile.level;
  }

  /**
   * @param {Place} place
   * @returns {Tile[]} the nearest coarser tile, and finer ones that are there
   */
  #standIns({ level, row, column }) {
    /** @type {Tile[]} */
    const found = [];
    for (let up = 1; level + up < this.project.levels; up++) {
      const key = keyOf({ level: level + up, row: row >> up, column: column >> up });
      const tile = this.#use(key);
      if (tile) {
        found.push(tile);
        break;
      }
    }
    for (let k = 0; level > 0 && k < 4; k++) {
      const key = keyOf({ level: level - 1, row: 2 * row + (k >> 1), column: 2 * column + (k & 1) });
      const tile = this.#use(key);
      if (tile) found.push(tile);
    }
    return found;
  }

  /**
   * Grey code value of a photo pixel, from the finest tile that is there.
   * @param {number} row
   * @param {number} column
   * @returns {number | null}
   */
  grayAt(row, column) {
    const { height, width, tile: side, levels } = this.project;
    if (!(row >= 0 && row < height && column >= 0 && column < width)) return null;
    for (let level = 0; level < levels; level++) {
      const [r, c] = [Math.floor(row) >> level, Math.floor(column) >> level];
      const place = { level, row: Math.floor(r / side), column: Math.floor(c / side) };
      const tile = this.ready.get(keyOf(place));
      if (tile) return tile.data[(r - place.row * side) * tile.width + (c - place.column * side)];
    }
    return null;
  }

  /** Forget all tiles and end all loading. */
  close() {
    this.closed = true;
    for (const control of this.loading.values()) control.abort();
    this.ready.clear();
  }

  /**
   * @param {string} key
   * @returns {Tile | undefined} now the most recently used one
   */
  #use(key) {
    const tile = this.ready.get(key);
    if (tile) {
      this.ready.delete(key);
      this.ready.set(key, tile);
    }
    return tile;
  }

  /** @param {Place[]} places */
  #want(places) {
    this.wanted = places;
    const keys = new Set(places.map(keyOf));
    for (const [key, control] of this.loading) {
      if (keys.has(key)) continue;
      control.abort();
      this.loading.delete(key);
    }
    this.#next();
  }

  #next() {
    for (const place of this.wanted) {
      if (this.loading.size >= AT_ONCE) return;
      const key = keyOf(place);
      const later = this.failed.get(key)?.until ?? 0;
      if (this.ready.has(key) || this.loading.has(key) || performance.now() < later) continue;
      void this.#fetch(place, key);
    }
  }

  /**
   * @param {Place} place
   * @param {string} key
   */
  async #fetch(place, key) {
    const control = new AbortController();
    this.loading.set(key, control);
    try {
      const url = `/api/projects/${encodeURIComponent(this.project.id)}/tiles/${key}`;
      const response = await this.load(url, { signal: control.signal });
      if (!response.ok) throw new Error(`tile ${key}: the server answers ${response.status}`);
      const data = new Uint8Array(await response.arrayBuffer());
      if (control.signal.aborted || this.closed) return;
      this.#keep(tileOf(this.project, place, data));
      this.failed.delete(key);
    } catch (error) {
      if (control.signal.aborted || this.closed) return;
      this.error = error instanceof Error ? error.message : String(error);
      const before = this.failed.get(key)?.delay ?? FIRST_DELAY / 2;
      const delay = Math.min(2 * before, LONGEST_DELAY);
      this.failed.set(key, { delay, until: performance.now() + delay });
      setTimeout(() => !this.closed && this.#next(), delay + 1);
    } finally {
      if (this.loading.get(key) === control) this.loading.delete(key);
    }
    if (this.closed) return;
    this.arrived();
    this.#next();
  }

  /** @param {Tile} tile */
  #keep(tile) {
    this.ready.set(tile.key, tile);
    this.bytes += tile.data.length;
    const top = keyOf(this.top);
    for (const [key, old] of this.ready) {
      if (this.bytes <= BUDGET) break;
      if (key === top || key === tile.key) continue;
      this.ready.delete(key);
      this.bytes -= old.data.length;
    }
  }
}

/**
 * A tile from its bytes.
 * @param {Project} project
 * @param {Place} place
 * @param {Uint8Array} data
 * @returns {Tile}
 */
export function tileOf(project, place, data) {
  const step = 2 ** place.level;
  const side = project.tile;
  const height = Math.min(side, Math.ceil(project.height / step) - place.row * side);
  const width = Math.min(side, Math.ceil(project.width / step) - place.column * side);
  if (!(height > 0 && width > 0 && data.length === height * width)) {
    throw new Error(`tile ${keyOf(place)}: ${data.length} bytes, need ${height} x ${width}`);
  }
  const top = place.row * side * step;
  const left = place.column * side * step;
  return {
    key: keyOf(place),
    ...place,
    height,
    width,
    step,
    top,
    left,
    bottom: Math.min(top + height * step, project.height),
    right: Math.min(left + width * step, project.width),
    data,
  };
}
