/**
 * The server's HTTP interface, as functions.
 *
 * @typedef {import("./types.js").Project} Project
 */

import { said } from "./i18n.js";

/** An answer that is no success, or none at all. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {string} kind
   * @param {string} message
   */
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/**
 * @param {string} path
 * @param {{method?: string, body?: BodyInit, type?: string}} [how]
 * @returns {Promise<Response>}
 */
async function request(path, { method = "GET", body, type } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (method !== "GET") headers["X-Handtint"] = "1";
  if (type) headers["Content-Type"] = type;
  let response;
  try {
    response = await fetch(path, { method, headers, body });
  } catch {
    throw new ApiError(0, "unreachable", "");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  const error = told?.error ?? { kind: "http", message: `${response.status} ${response.statusText}` };
  throw new ApiError(response.status, String(error.kind), said(error));
}

/**
 * @param {string} path
 * @param {Parameters<typeof request>[1]} [how]
 */
const json = async (path, how) => (await request(path, how)).json();

/** @param {string} id */
const at = (id) => `/api/projects/${encodeURIComponent(id)}`;

/** @param {Blob} body */
const bytes = (body) => ({ method: "POST", body, type: "application/octet-stream" });

/** @returns {Promise<import("./types.js").Session>} */
export const getSession = () => json("/api/session");

/** @returns {Promise<import("./types.js").Methods>} */
export const getMethods = () => json("/api/methods");

/**
 * @param {string} id
 * @returns {Promise<Project>}
 */
export const getProject = (id) => json(at(id));

/**
 * Open a photo or a project file.
 * @param {Blob} body
 * @param {string} name
 * @returns {Promise<Project>}
 */
export const openProject = (body, name) =>
  json(`/api/projects?name=${encodeURIComponent(name)}`, bytes(body));

/**
 * Lay a mask under the strokes.
 * @param {string} id
 * @param {Blob} body
 * @param {string} name
 * @returns {Promise<Project>}
 */
export const openMask = (id, body, name) =>
  json(`${at(id)}/mask?name=${encodeURIComponent(name)}`, bytes(body));

/**
 * @param {string} id
 * @returns {Promise<{saved_rev: number, name: string}>}
 */
export const saveProject = (id) => json(`${at(id)}/save`, { method: "POST" });

/**
 * Close a project; its journal is kept.
 * @param {string} id
 */
export const closeProject = (id) => request(at(id), { method: "DELETE" });

/**
 * Where more strokes would help.
 * @param {string} id
 * @returns {Promise<import("./types.js").Spot[]>}
 */
export const getSpots = async (id) => (await json(`${at(id)}/advice`)).spots;

/**
 * Likely colours of a pixel.
 * @param {string} id
 * @param {import("./types.js").Point} place
 * @returns {Promise<import("./types.js").Likely[]>}
 */
export const getPalette = async (id, [row, column]) =>
  (await json(`${at(id)}/palette/${row}/${column}`)).colors;

/**
 * The picture, or part of it, as a file.
 * @param {string} id
 * @param {string} format
 * @returns {Promise<{blob: Blob, name: string}>}
 */
export async function exportProject(id, format) {
  const response = await request(`${at(id)}/export`, {
    method: "POST",
    body: JSON.stringify({ format }),
    type: "application/json",
  });
  const name = fileName(response.headers.get("Content-Disposition") ?? "");
  return { blob: await response.blob(), name };
}

/**
 * The file name in a Content-Disposition header; empty when there is none.
 * @param {string} header
 * @returns {string}
 */
export function fileName(header) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header);
  if (encoded) return decodeURIComponent(encoded[1]);
  const plain = /filename="?([^";]+)"?/i.exec(header);
  return plain ? plain[1] : "";
}

/**
 * Where the socket of a project is.
 * @param {string} id
 * @returns {string}
 */
export function socketAddress(id) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${at(id)}/socket`;
}
