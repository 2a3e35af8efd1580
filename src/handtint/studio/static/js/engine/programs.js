/**
 * The programs of a WebGL2 context, compiled when they are first needed, and its textures.
 *
 * @typedef {object} Program
 * @property {WebGLProgram} program
 * @property {Record<string, WebGLUniformLocation | null>} at places of the uniforms
 */

import { VERTEX } from "./shaders.js";

export class Programs {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Map<string, Program>} by their fragment shaders */
    this.known = new Map();
  }

  /** The context was lost and is back: nothing of it is left. */
  forget() {
    this.known.clear();
  }

  /**
   * Use the program of a fragment shader.
   * @param {string} fragment
   * @returns {Program["at"] | null} null while the context is lost
   */
  use(fragment) {
    const program = this.known.get(fragment) ?? this.#made(fragment);
    if (program) this.gl.useProgram(program.program);
    return program && program.at;
  }

  /**
   * @param {number} unit
   * @param {WebGLTexture} texture
   */
  bind(unit, texture) {
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
  }

  /**
   * @param {number} filter
   * @returns {WebGLTexture} bound to the last unit, to be filled
   */
  texture(filter) {
    const { gl } = this;
    const texture = gl.createTexture();
    this.bind(7, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }

  /**
   * @param {string} fragment
   * @returns {Program | null}
   */
  #made(fragment) {
    const { gl } = this;
    const program = gl.createProgram();
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
        throw new Error(`shader: ${gl.getShaderInfoLog(shader)}`);
      }
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      if (gl.isContextLost()) return null;
      throw new Error(`program: ${gl.getProgramInfoLog(program)}`);
    }
    /** @type {Record<string, WebGLUniformLocation | null>} */
    const at = {};
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
    for (let i = 0; i < count; i++) {
      const info = gl.getActiveUniform(program, i);
      if (info) at[info.name] = gl.getUniformLocation(program, info.name);
    }
    const made = { program, at };
    this.known.set(fragment, made);
    return made;
  }
}
