/**
 * The photo in colour, composed by WebGL2 as the export does it: chroma over what lies below it.
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
 * @property {{top: number, left: number, bottom: number, right: number}} part of the photo that is seen
 * @property {Tile[]} tiles in the order of drawing
 * @property {boolean} exact whether pixels are shown as squares
 * @property {ChromaPicture | null} picture null: grey
 * @property {ChromaPicture | null} before the picture that fades out
 * @property {number} fade share of the new picture, 1 when there is no other
 * @property {number} vividness
 * @property {number} opacity
 * @property {number} slider device column left of which the photo is grey
 */

import { space as spaceOf } from "../color/spaces.js";
import { Ground } from "./ground.js";
import { Programs } from "./programs.js";
import { COLOR_FRAGMENTS, GRAY_FRAGMENT } from "./shaders.js";

/** Compositions whose time is remembered. */
const REMEMBERED = 5;

/** Milliseconds after which a composition is waited for no longer. */
const LONGEST = 1000;

/** Milliseconds between two looks at whether it has ended. */
const POLL = 4;

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
    this.programs = new Programs(gl);
    this.ground = new Ground(gl, this.programs);
    /** @type {Map<ChromaPicture, WebGLTexture>} the two pictures of a fade at most */
    this.pictures = new Map();
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
    this.programs.forget();
    this.ground.fresh();
    this.pictures.clear();
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
    const { gl, canvas, programs } = this;
    const { device, transform, part, picture, reduce } = scene;
    const width = Math.ceil(device.width / reduce);
    const height = Math.ceil(device.height / reduce);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const began = performance.now();
    const fading = scene.fade < 1 && scene.before && scene.before.space === picture?.space;
    const grey =
      !picture ||
      (picture.zero && (!fading || scene.before?.zero)) ||
      scene.opacity === 0 ||
      scene.vividness === 0;
    const space = spaceOf(picture ? picture.space : "lab");
    const ground = this.ground.of(scene, space, { height, width });
    const at = ground && programs.use(grey ? GRAY_FRAGMENT : COLOR_FRAGMENTS[space.model]);
    if (!at) return;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    programs.bind(0, ground);
    gl.uniform1i(at.u_ground, 0);
    gl.uniform3f(at.u_transform, transform.scale, transform.x, transform.y);
    gl.uniform2f(at.u_device, device.width, device.height);
    gl.uniform4f(at.u_part, part.left, part.top, part.right, part.bottom);
    if (!grey && picture) {
      const before = fading && scene.before ? scene.before : picture;
      programs.bind(1, this.#picture(picture));
      programs.bind(2, this.#picture(before));
      this.#forgetPictures(picture, before);
      gl.uniform1i(at.u_exact, scene.exact ? 1 : 0);
      gl.uniform1i(at.u_chroma, 1);
      gl.uniform1i(at.u_before, 2);
      gl.uniform2f(at.u_photo, scene.photo.width, scene.photo.height);
      gl.uniform1f(at.u_fade, fading ? scene.fade : 1);
      gl.uniform1f(at.u_vividness, scene.vividness);
      gl.uniform1f(at.u_opacity, scene.opacity);
      gl.uniform1f(at.u_slider, scene.slider / reduce);
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    if (!sync) return;
    this.pending = { sync, began, full: reduce === 1 };
    setTimeout(() => this.#watch(), POLL);
  }

  /** Notice soon when the composition ends: animation frames come too seldom to time it. */
  #watch() {
    if (this.busy) setTimeout(() => this.#watch(), POLL);
  }

  /** Give back all textures; another photo follows, or none. */
  forget() {
    if (this.lost) return;
    this.ground.forget();
    for (const texture of this.pictures.values()) this.gl.deleteTexture(texture);
    this.pictures.clear();
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  stats() {
    const { tiles, bytes, uploads, redraws } = this.ground;
    return { textures: tiles.size, textureBytes: bytes, uploads: uploads + this.uploads, redraws };
  }

  /**
   * @param {ChromaPicture} picture
   * @returns {WebGLTexture}
   */
  #picture(picture) {
    const { gl, pictures } = this;
    let texture = pictures.get(picture);
    if (!texture) {
      texture = this.programs.texture(gl.NEAREST);
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
