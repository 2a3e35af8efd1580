/**
 * The photo in colour, composed by WebGL2 as the export does it.
 *
 * @typedef {import("../color/upsample.js").ChromaPicture} ChromaPicture
 * @typedef {import("./tiles.js").Tile} Tile
 * @typedef {import("./view.js").Transform} Transform
 *
 * What is to be seen.
 * @typedef {object} Scene
 * @property {{height: number, width: number}} device size of the stage in device pixels
 * @property {number} reduce device pixels a pixel that is drawn, 1 for the full resolution
 * @property {{height: number, width: number}} photo
 * @property {Transform} transform
 * @property {Tile[]} tiles in the order of drawing
 * @property {boolean} exact whether pixels are shown as squares
 * @property {ChromaPicture | null} picture null: grey
 * @property {ChromaPicture | null} before the picture that fades out
 * @property {number} fade share of the new picture, 1 when there is no other
 * @property {number} vividness
 * @property {number} opacity
 * @property {number} slider device column left of which the photo is grey
 */

import { lightnessTable, SPACES } from "../color/spaces.js";
import { colorFragment, GRAY_FRAGMENT, VERTEX } from "./shaders.js";

/** Bytes of tiles on the graphics card. */
const BUDGET = 192 * 2 ** 20;

/** Compositions whose time is remembered. */
const REMEMBERED = 5;

/** Milliseconds after which a composition is waited for no longer. */
const LONGEST = 1000;

/**
 * @typedef {object} Program
 * @property {WebGLProgram} program
 * @property {Record<string, WebGLUniformLocation | null>} at places of the uniforms
 */

export class Compositor {
  /** What it is called in the statistics. */
  kind = "webgl2";

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} restored called when a lost context is back, and all is to be drawn again
   * @returns {Compositor | null} null where there is no WebGL2
   */
  static create(canvas, restored) {
    const gl = canvas.getContext("webgl2", {
      alpha: true,
      antialias: false,
      depth: false,
      stencil: false,
      powerPreference: "high-performance",
    });
    return gl ? new Compositor(canvas, gl, restored) : null;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   * @param {() => void} restored
   */
  constructor(canvas, gl, restored) {
    this.canvas = canvas;
    this.gl = gl;
    this.lost = false;
    this.uploads = 0;
    /** @type {Map<string, Program>} */
    this.programs = new Map();
    /** @type {Map<Tile, WebGLTexture>} the least recently used first */
    this.tiles = new Map();
    /** @type {Map<ChromaPicture, WebGLTexture>} the two pictures of a fade at most */
    this.pictures = new Map();
    /** @type {Map<string, WebGLTexture>} */
    this.tables = new Map();
    /** Bytes of the tiles. */
    this.bytes = 0;
    /** @type {number[]} milliseconds of the last compositions at the full resolution */
    this.costs = [];
    /** Milliseconds of the last one. */
    this.last = 0;
    /** @type {{sync: WebGLSync, began: number, full: boolean} | null} a composition under way */
    this.pending = null;
    this.#fresh();
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // Only then does the browser bring it back.
      this.lost = true;
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      this.#fresh();
      restored();
    });
  }

  /** Begin with an empty context. */
  #fresh() {
    for (const known of [this.programs, this.tiles, this.pictures, this.tables]) known.clear();
    this.bytes = 0;
    this.pending = null;
    const { gl } = this;
    gl.bindVertexArray(gl.createVertexArray());
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  /** Largest side of a texture. */
  get limit() {
    return /** @type {number} */ (this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE));
  }

  /** Whether it has more to do after `draw` returned. */
  get unfinished() {
    return false;
  }

  /** Whether the graphics card is still at the last composition. */
  get busy() {
    const { gl, pending } = this;
    if (!pending || this.lost) return false;
    const passed = performance.now() - pending.began;
    const done = gl.getSyncParameter(pending.sync, gl.SYNC_STATUS) === gl.SIGNALED;
    if (!done && passed < LONGEST) return true;
    gl.deleteSync(pending.sync);
    this.pending = null;
    this.last = passed;
    if (pending.full) this.costs = [...this.costs.slice(1 - REMEMBERED), passed];
    return false;
  }

  /** Milliseconds that a composition at the full resolution takes: the median of the last ones. */
  get cost() {
    const sorted = [...this.costs].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 0;
  }

  /** @param {Scene} scene */
  draw(scene) {
    if (this.lost) return;
    const { gl, canvas } = this;
    const { device, transform, picture, reduce } = scene;
    const width = Math.ceil(device.width / reduce);
    const height = Math.ceil(device.height / reduce);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const began = performance.now();
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const fading = scene.fade < 1 && scene.before && scene.before.space === picture?.space;
    const grey =
      !picture ||
      (picture.zero && (!fading || scene.before?.zero)) ||
      scene.opacity === 0 ||
      scene.vividness === 0;
    const space = picture && SPACES.find((s) => s.name === picture.space);
    const used = this.#program(grey || !space ? "grey" : String(space.model));
    if (!used) return;
    const { at } = used;
    gl.useProgram(used.program);
    gl.uniform3f(at.u_transform, transform.scale, transform.x, transform.y);
    gl.uniform2f(at.u_device, device.width, device.height);
    gl.uniform1i(at.u_exact, scene.exact ? 1 : 0);
    gl.uniform1i(at.u_gray, 0);
    if (!grey && picture && space) {
      const before = fading && scene.before ? scene.before : picture;
      this.#bind(1, this.#table(space));
      this.#bind(2, this.#picture(picture));
      this.#bind(3, this.#picture(before));
      this.#forgetPictures(picture, before);
      gl.uniform1i(at.u_table, 1);
      gl.uniform1i(at.u_chroma, 2);
      gl.uniform1i(at.u_before, 3);
      gl.uniform2f(at.u_photo, scene.photo.width, scene.photo.height);
      gl.uniform1f(at.u_fade, fading ? scene.fade : 1);
      gl.uniform1f(at.u_vividness, scene.vividness);
      gl.uniform1f(at.u_opacity, scene.opacity);
      gl.uniform1f(at.u_slider, scene.slider / reduce);
    }
    for (const tile of scene.tiles) {
      this.#bind(0, this.#tile(tile));
      const smaller = reduce / (transform.scale * tile.step);
      gl.uniform4f(at.u_tile, tile.left, tile.top, tile.right, tile.bottom);
      gl.uniform3f(at.u_texel, tile.left, tile.top, tile.step);
      gl.uniform1f(at.u_spread, smaller > 1.3 ? smaller : 0);
      gl.uniform1f(at.u_level, Math.max(Math.log2(smaller) - 1, 0));
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    this.#trim(scene.tiles);
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    if (sync) this.pending = { sync, began, full: reduce === 1 };
  }

  /** Give back all textures; another photo follows, or none. */
  forget() {
    if (this.lost) return;
    const { gl, tiles, pictures } = this;
    for (const texture of [...tiles.values(), ...pictures.values()]) gl.deleteTexture(texture);
    tiles.clear();
    pictures.clear();
    this.bytes = 0;
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  stats() {
    return { textures: this.tiles.size, textureBytes: this.bytes, uploads: this.uploads };
  }

  /**
   * @param {string} name "grey", or the number of a colour space
   * @returns {Program | null} null while the context is lost
   */
  #program(name) {
    const known = this.programs.get(name);
    if (known) return known;
    const { gl } = this;
    const program = gl.createProgram();
    const fragment = name === "grey" ? GRAY_FRAGMENT : colorFragment(Number(name));
    for (const [type, source] of /** @type {const} */ ([
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, fragment],
    ])) {
      const shader = gl.createShader(type);
      if (!shader) return null;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
        throw new Error(`shader ${name}: ${gl.getShaderInfoLog(shader)}`);
      }
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      if (gl.isContextLost()) return null;
      throw new Error(`program ${name}: ${gl.getProgramInfoLog(program)}`);
    }
    /** @type {Record<string, WebGLUniformLocation | null>} */
    const at = {};
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
    for (let i = 0; i < count; i++) {
      const info = gl.getActiveUniform(program, i);
      if (info) at[info.name] = gl.getUniformLocation(program, info.name);
    }
    const made = { program, at };
    this.programs.set(name, made);
    return made;
  }

  /**
   * @param {number} unit
   * @param {WebGLTexture} texture
   */
  #bind(unit, texture) {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
  }

  /**
   * @param {number} filter
   * @returns {WebGLTexture} bound to the last unit, to be filled
   */
  #texture(filter) {
    const { gl } = this;
    const texture = gl.createTexture();
    this.#bind(7, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
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
      texture = this.#texture(gl.LINEAR);
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
   * @param {import("../color/spaces.js").Space} space
   * @returns {WebGLTexture}
   */
  #table(space) {
    const { gl, tables } = this;
    let texture = tables.get(space.name);
    if (!texture) {
      texture = this.#texture(gl.NEAREST);
      const values = lightnessTable(space);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 256, 1, 0, gl.RED, gl.FLOAT, values);
      tables.set(space.name, texture);
    }
    return texture;
  }

  /**
   * @param {ChromaPicture} picture
   * @returns {WebGLTexture}
   */
  #picture(picture) {
    const { gl, pictures } = this;
    let texture = pictures.get(picture);
    if (!texture) {
      texture = this.#texture(gl.NEAREST);
      const { width, height, values } = picture;
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, values);
      pictures.set(picture, texture);
      this.uploads += 1;
    }
    return texture;
  }

  /** @param {ChromaPicture[]} kept */
  #forgetPictures(...kept) {
    for (const [picture, texture] of this.pictures) {
      if (kept.includes(picture)) continue;
      this.gl.deleteTexture(texture);
      this.pictures.delete(picture);
    }
  }
}
