/**
 * The shaders: per pixel what `handtint.resample.joint_upsample` and `handtint.color` do.
 *
 * The first draws grey and lightness of what is seen; then there is a program per colour space and one
 * for grey. Greys take the code value of the photo as it is, so that they are exact.
 */

import { COEFFICIENTS } from "../color/spaces.js";
import { RANGE, TINY } from "../color/upsample.js";

/** @param {number} value */
const float = (value) => {
  const text = value.toPrecision(10);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

/** @param {readonly number[]} row */
const vec2 = (row) => `vec2(${row.map(float).join(", ")})`;

export const VERTEX = `#version 300 es
uniform vec4 u_part;      // left, top, right, bottom in photo pixels
uniform vec3 u_transform; // scale, x, y: photo to device pixels
uniform vec2 u_device;    // size of the stage in device pixels
out highp vec2 v_place;   // (column, row) in the photo
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  v_place = mix(u_part.xy, u_part.zw, corner);
  vec2 at = (v_place * u_transform.x + u_transform.yz) / u_device;
  gl_Position = vec4(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
in vec2 v_place;
out vec4 color;`;

/** Steps of the lightness on the ground; both of its bytes are 0 only where there is nothing. */
const STEPS = 65534;

/**
 * Code value of grey and lightness, two bytes each. Of the code values all are exact, and what lies
 * between them is to a 257th.
 */
export const GROUND_FRAGMENT = `${HEAD}
uniform sampler2D u_gray;
uniform sampler2D u_table; // lightness of each code value
uniform vec3 u_texel;      // left and top of the tile in photo pixels, photo pixels a texel
uniform bool u_exact;      // pixels as squares
uniform float u_spread;    // texels a device pixel, when these are several; else 0
uniform float u_level;     // of the smaller pictures of a tile, where four texels are too few
float grayAt(vec2 place) {
  vec2 size = vec2(textureSize(u_gray, 0));
  vec2 texel = (place - u_texel.xy) / u_texel.z;
  if (u_exact) {
    return texelFetch(u_gray, ivec2(clamp(floor(texel), vec2(0.0), size - 1.0)), 0).r;
  }
  if (u_spread == 0.0) return textureLod(u_gray, texel / size, 0.0).r;
  vec4 off = vec4(-0.25, -0.25, 0.25, 0.25) * u_spread / size.xyxy;
  vec2 at = texel / size;
  return 0.25 * (textureLod(u_gray, at + off.xy, u_level).r + textureLod(u_gray, at + off.xw, u_level).r
    + textureLod(u_gray, at + off.zy, u_level).r + textureLod(u_gray, at + off.zw, u_level).r);
}
vec2 bytes(float value) {
  float high = floor(value / 256.0);
  return vec2(high, value - 256.0 * high) / 255.0;
}
void main() {
  float gray = grayAt(v_place);
  float code = 255.0 * gray;
  int below = min(int(code + 1e-3), 254);
  float light = mix(texelFetch(u_table, ivec2(below, 0), 0).r,
    texelFetch(u_table, ivec2(below + 1, 0), 0).r, code - float(below));
  color = vec4(bytes(round(65535.0 * gray)), bytes(1.0 + round(${float(STEPS / 100)} * light)));
}`;

const ON_GROUND = `${HEAD}
uniform sampler2D u_ground;
float value(vec2 bytes) { return dot(round(255.0 * bytes), vec2(256.0, 1.0)); }`;

export const GRAY_FRAGMENT = `${ON_GROUND}
void main() {
  vec4 ground = texelFetch(u_ground, ivec2(gl_FragCoord.xy), 0);
  if (ground.zw == vec2(0.0)) discard;
  color = vec4(vec3(value(ground.xy) / 65535.0), 1.0);
}`;

const { LAB_TO, KNEE, SLOPE, OFFSET, LMS_TO, RESPONSE } = COEFFICIENTS;

const COMBINE = `
float combine(vec2 row, vec3 v) { return v.y + row.x * (v.x - v.y) + row.y * (v.z - v.y); }`;

const LINEAR_CODE = `
vec3 encoded(vec3 v) {
  return mix(1.055 * pow(v, vec3(1.0 / 2.4)) - 0.055, 12.92 * v, lessThanEqual(v, vec3(0.0031308)));
}`;

const ENCODED_CODE = `
vec3 encoded(vec3 v) { return v; }`;

/** @param {readonly [number, number]} weights Kr and Kb */
const yuv = ([kr, kb]) => `${ENCODED_CODE}
vec3 toCube(float light, vec2 c) {
  float red = ${float((1 - kr) / 50)} * c.y;
  float blue = ${float((1 - kb) / 50)} * c.x;
  float green = (${float(kr)} * red + ${float(kb)} * blue) / ${float(1 - kr - kb)};
  return 0.01 * light + vec3(red, -green, blue);
}`;

/** GLSL of each space, at the place of its number. */
const MODELS = [
  `${COMBINE}${LINEAR_CODE}
float expand(float f) {
  float g = f + ${float(OFFSET)};
  return f > ${float(KNEE - OFFSET)} ? g * g * g : f * ${float(1 / SLOPE)};
}
vec3 toCube(float light, vec2 c) {
  float f = light / 116.0;
  vec3 xyz = vec3(expand(f + c.x / 500.0), expand(f), expand(f - c.y / 200.0));
  return vec3(combine(${vec2(LAB_TO[0])}, xyz), combine(${vec2(LAB_TO[1])}, xyz),
    combine(${vec2(LAB_TO[2])}, xyz));
}`,
  `${COMBINE}${LINEAR_CODE}
vec3 toCube(float light, vec2 c) {
  vec3 lms = 0.01 * (light + vec3(dot(${vec2(RESPONSE[0])}, c), dot(${vec2(RESPONSE[1])}, c),
    dot(${vec2(RESPONSE[2])}, c)));
  lms = lms * lms * lms;
  return vec3(combine(${vec2(LMS_TO[0])}, lms), combine(${vec2(LMS_TO[1])}, lms),
    combine(${vec2(LMS_TO[2])}, lms));
}`,
  yuv([0.299, 0.114]),
  yuv([0.2126, 0.0722]),
];

/** The fragment shader of each space, at the place of its number. */
export const COLOR_FRAGMENTS = MODELS.map((model) => `${ON_GROUND}
uniform bool u_exact;         // pixels as squares
uniform sampler2D u_chroma;   // first and second chroma, lightness of the guide
uniform sampler2D u_before;   // the picture that was there
uniform vec2 u_photo;         // size of the photo: columns, rows
uniform float u_fade;         // share of the new picture
uniform float u_vividness;
uniform float u_opacity;
uniform float u_slider;       // device column left of which the photo stays grey
${model}

float excess(vec3 v) {
  return max(max(max(v.r, v.g), v.b) - 1.0, -min(min(v.r, v.g), v.b));
}

// Largest factor that keeps a chroma in the gamut: regula falsi, as in handtint.color.gamut, to a
// tenth of a code value.
float factor(float light, vec2 c, float above) {
  float inner = 0.0, outer = 1.0;
  float below = excess(toCube(light, vec2(0.0)));
  if (below >= 0.0) return 0.0;
  int moved = 0;
  for (int step = 0; step < 24; step++) {
    float t = inner - below * (outer - inner) / (above - below);
    float e = excess(toCube(light, t * c));
    if (e > 0.0) {
      outer = t;
      above = e;
      if (moved > 0) below *= 0.5;
      moved = 1;
    } else {
      inner = t;
      below = e;
      if (e >= -3e-5) break;
      if (moved < 0) above *= 0.5;
      moved = -1;
    }
  }
  return inner;
}

float weight(float near, float light, float guide) {
  float d = (light - guide) * ${float(1 / RANGE)};
  float q = 1.0 / (1.0 + d * d);
  return near * (q * q + ${float(TINY)});
}

vec2 upsample(sampler2D picture, float light, vec2 place) {
  ivec2 size = textureSize(picture, 0);
  vec2 at = place / u_photo * vec2(size) - 0.5;
  vec2 low = floor(at);
  vec2 high = at - low;
  ivec2 p = max(ivec2(low), 0);
  ivec2 q = min(ivec2(low) + 1, size - 1);
  vec3 c00 = texelFetch(picture, p, 0).rgb;
  vec3 c10 = texelFetch(picture, ivec2(q.x, p.y), 0).rgb;
  vec3 c01 = texelFetch(picture, ivec2(p.x, q.y), 0).rgb;
  vec3 c11 = texelFetch(picture, q, 0).rgb;
  float w00 = weight((1.0 - high.x) * (1.0 - high.y), light, c00.z);
  float w10 = weight(high.x * (1.0 - high.y), light, c10.z);
  float w01 = weight((1.0 - high.x) * high.y, light, c01.z);
  float w11 = weight(high.x * high.y, light, c11.z);
  return (w00 * c00.xy + w10 * c10.xy + w01 * c01.xy + w11 * c11.xy) / (w00 + w10 + w01 + w11);
}

void main() {
  vec4 ground = texelFetch(u_ground, ivec2(gl_FragCoord.xy), 0);
  if (ground.zw == vec2(0.0)) discard;
  color = vec4(vec3(value(ground.xy) / 65535.0), 1.0);
  if (gl_FragCoord.x < u_slider) return;
  float light = (value(ground.zw) - 1.0) * ${float(100 / STEPS)};
  vec2 place = u_exact ? min(floor(v_place) + 0.5, u_photo - 0.5) : v_place;
  vec2 c = upsample(u_chroma, light, place);
  if (u_fade < 1.0) c = mix(upsample(u_before, light, place), c, u_fade);
  if (c == vec2(0.0)) return;
  c *= u_vividness;
  vec3 cube = toCube(light, c);
  float over = excess(cube);
  float t = u_opacity * (over <= 1e-6 ? 1.0 : factor(light, c, over));
  if (t != 1.0) cube = toCube(light, t * c);
  color.rgb = encoded(clamp(cube, 0.0, 1.0));
}`);
