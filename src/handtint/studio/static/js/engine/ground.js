/**
 * What lies below the colour: grey and lightness of the photo at each pixel that is drawn.
 *
 * It changes with the view alone, so that a new chroma needs neither tiles nor what makes them
 * smaller. Where the processor draws, that is half of a composition.
 *
 * @typedef {import("../color/spaces.js").Space} Space
 * @typedef {import("./compositor.js").Scene} Scene
 * @typedef {import("./programs.js").Programs} Programs
 * @typedef {import("./tiles.js").Tile} Tile
 *
 * What the ground depends on; not the whole scene, which would keep old pictures.
 * @typedef {Pick<Scene, "device" | "transform" | "tiles" | "exact"> & {space: Space}} View
 *
 * What is drawn, and where to.
 * @typedef {object} Drawn
 * @property {WebGLTexture} texture
 * @property {WebGLFramebuffer} frame
 * @property {number} height
 * @property {number} width
 * @property {View | null} view
 */

import { lightnessTable } from "../color/spaces.js";
import { GROUND_FRAGMENT } from "./shaders.js";

/** Bytes of tiles on the graphics card. */
const BUDGET = 192 * 2 ** 20;

export class Ground {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {Programs} programs
   */
  constructor(gl, programs) {
    this.gl = gl;
    this.programs = programs;
    this.uploads = 0;
    this.redraws = 0;
    /** @type {Map<Tile, WebGLTexture>} the least recently used first */
    this.tiles = new Map();
    /** @type {Map<string, WebGLTexture>} lightness of each code value, by the space */
    this.tables = new Map();
    /** @type {Map<number, Drawn>} by the scene's `reduce`: hands that move and rest take turns */
    this.drawn = new Map();
    /** Bytes of the tiles. */
    this.bytes = 0;
  }

  /** The context was lost and is back: nothing of it is left. */
  fresh() {
    for (const known of [this.tiles, this.tables, this.drawn]) known.clear();
    this.bytes = 0;
  }

  /** Give back the tiles; another photo follows, or none. */
  forget() {
    for (const texture of this.tiles.values()) this.gl.deleteTexture(texture);
    this.tiles.clear();
    for (const drawn of this.drawn.values()) drawn.view = null;
    this.bytes = 0;
  }

  /**
   * Bring it up to date.
   * @param {Scene} scene
   * @param {Space} space
   * @param {{height: number, width: number}} size
   * @returns {WebGLTexture | null} null while the context is lost
   */
  of(scene, space, size) {
    const { device, transform, tiles, exact, reduce } = scene;
    const view = { device, transform, tiles, exact, space };
    const drawn = this.#place(reduce, size);
    if (!drawn.view || !alike(drawn.view, view)) {
      if (!this.#draw(view, reduce, drawn)) return null;
      drawn.view = view;
    }
    return drawn.texture;
  }

  /**
   * @param {View} view
   * @param {number} reduce
   * @param {Drawn} to
   * @returns {boolean} false while the context is lost
   */
  #draw({ device, transform, tiles, exact, space }, reduce, to) {
    const { gl, programs } = this;
    const at = programs.use(GROUND_FRAGMENT);
    if (!at) return false;
    gl.bindFramebuffer(gl.FRAMEBUFFER, to.frame);
    gl.viewport(0, 0, to.width, to.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    programs.bind(1, this.#table(space));
    gl.uniform1i(at.u_gray, 0);
    gl.uniform1i(at.u_table, 1);
    gl.uniform3f(at.u_transform, transform.scale, transform.x, transform.y);
    gl.uniform2f(at.u_device, device.width, device.height);
    gl.uniform1i(at.u_exact, exact ? 1 : 0);
    for (const tile of tiles) {
      programs.bind(0, this.#tile(tile));
      const smaller = reduce / (transform.scale * tile.step);
      gl.uniform4f(at.u_part, tile.left, tile.top, tile.right, tile.bottom);
      gl.uniform3f(at.u_texel, tile.left, tile.top, tile.step);
      gl.uniform1f(at.u_spread, smaller > 1.3 ? smaller : 0);
      gl.uniform1f(at.u_level, Math.max(Math.log2(smaller) - 1, 0));
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.#trim(tiles);
    this.redraws += 1;
    return true;
  }

  /**
   * Where to draw to, of this size.
   * @param {number} reduce
   * @param {{height: number, width: number}} size
   * @returns {Drawn}
   */
  #place(reduce, { height, width }) {
    const { gl, programs } = this;
    const known = this.drawn.get(reduce);
    if (known && known.height === height && known.width === width) return known;
    if (known) gl.deleteTexture(known.texture);
    const texture = programs.texture(gl.NEAREST);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
    const frame = known ? known.frame : gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    const place = { texture, frame, height, width, view: null };
    this.drawn.set(reduce, place);
    return place;
  }

  /**
   * @param {Tile} tile
   * @returns {WebGLTexture}
   */
  #tile(tile) {
    const { gl, tiles } = this;
    let texture = tiles.get(tile);
    if (texture) {
      tiles.delete(tile);
    } else {
      texture = this.programs.texture(gl.LINEAR);
      const { width, height, data } = tile;
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, data);
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
      this.bytes += data.length;
      this.uploads += 1;
    }
    tiles.set(tile, texture);
    return texture;
  }

  /**
   * Textures beyond the budget go, but none that is on the screen.
   * @param {Tile[]} shown
   */
  #trim(shown) {
    const { gl, tiles } = this;
    for (const [tile, texture] of tiles) {
      if (this.bytes <= BUDGET) return;
      if (shown.includes(tile)) continue;
      gl.deleteTexture(texture);
      tiles.delete(tile);
      this.bytes -= tile.data.length;
    }
  }

  /**
   * @param {Space} space
   * @returns {WebGLTexture}
   */
  #table(space) {
    const { gl, tables } = this;
    let texture = tables.get(space.name);
    if (!texture) {
      texture = this.programs.texture(gl.NEAREST);
      const values = lightnessTable(space);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 256, 1, 0, gl.RED, gl.FLOAT, values);
      tables.set(space.name, texture);
    }
    return texture;
  }
}

/**
 * Whether two views have the same ground.
 * @param {View} one
 * @param {View} other
 */
function alike(one, other) {
  const [a, b] = [one.transform, other.transform];
  const [here, there] = [one.device, other.device];
  return (
    a.scale === b.scale &&
    a.x === b.x &&
    a.y === b.y &&
    here.width === there.width &&
    here.height === there.height &&
    one.exact === other.exact &&
    one.space === other.space &&
    one.tiles.length === other.tiles.length &&
    one.tiles.every((tile, i) => tile === other.tiles[i])
  );
}
