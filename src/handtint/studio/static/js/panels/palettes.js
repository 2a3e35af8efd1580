/**
 * Colours that old photographs need, by what they are for. The names are message keys: `palette.<id>`
 * and `swatch.<name>`.
 *
 * @typedef {import("../types.js").RGB} RGB
 */

import { fromHex } from "./controls.js";

/** @type {Record<string, Record<string, string>>} */
const COLORS = {
  skin: {
    porcelain: "f3dccf", fair: "eccbb4", rosy: "e3b09a", peach: "ddaa85", golden: "cf9f72",
    tan: "bd895d", olive_skin: "ab8559", bronze: "98693f", brown_skin: "7c4e31",
    deep_brown: "5c3723", ebony: "3f271b", cheeks: "d68b7d", lips: "b3605c",
  },
  hair: {
    platinum: "e0cfa8", blond: "c6a264", dark_blond: "9a7a4c", ginger: "a8562c", auburn: "7c3f24",
    chestnut: "5d3923", dark_hair: "3c281d", black_hair: "211c1b", grey_hair: "8d8a86",
    white_hair: "d9d5cc",
  },
  foliage: {
    spring_green: "8fae4a", grass: "6f8f3c", leaf: "4f7a35", ivy: "36573a", pine: "2c4637",
    moss: "6c6f36", olive_leaf: "848a5c", dry_grass: "b7a468", autumn_gold: "c79a38",
    autumn_red: "a1452c",
  },
  sky: {
    noon: "6fa3cf", horizon: "b9d3e3", deep_sky: "3f78b0", dusk: "7b86a8", dawn: "e3b49a",
    sunset: "d9825a", storm: "7c8791", cloud: "dfe1e2", sea: "4d7f8c", lake: "567a86",
  },
  earth: {
    sand: "cbb38a", path: "b89f80", clay: "a9714b", red_earth: "9c5433", mud: "7a6650",
    loam: "6b4d36", peat: "463529", gravel: "9a9287",
  },
  stone: {
    limestone: "cfc4ad", sandstone: "c5a071", marble: "e2ddd5", granite: "8a8786",
    slate: "5d666d", concrete: "a7a49d", cobble: "77716b", brick: "9c5342", roof_tile: "b3654a",
    rust: "8c4a2f",
  },
  wood: {
    pine_wood: "cda56b", oak: "a97c4f", teak: "8e6137", walnut: "6a4730", mahogany: "6e3524",
    weathered: "8f877c", green_paint: "4f6b54", white_paint: "e5e0d3", iron: "4a4c4f",
    brass: "b08d48",
  },
  uniform: {
    field_grey: "4d5d53", khaki: "a08c63", horizon_blue: "8c9cab", navy: "232f48",
    olive_drab: "5b5a3c", prussian_blue: "28394f", rifle_green: "2f3b30", scarlet: "9e2b2b",
    madder_red: "a63a3a", white_drill: "e4dfd2", leather: "6f472a", brass_button: "b79a50",
  },
  fabric: {
    linen: "d9cdb4", white_cotton: "ece7dc", cream_lace: "e8dcc2", grey_wool: "77746f",
    tweed: "86765b", mourning: "1e1d21", indigo: "3d5273", calico: "5d83ad", lavender: "9d8fb3",
    rose_silk: "d19a9d", burgundy: "6d2436", bottle_green: "2f4f3f", mustard: "b78c34",
    straw: "cfae6a",
  },
};

/** @typedef {{id: string, colors: readonly {name: string, color: RGB}[]}} Palette */

/** @type {readonly Palette[]} */
export const PALETTES = Object.entries(COLORS).map(([id, colors]) => ({
  id,
  colors: Object.entries(colors).map(([name, hex]) => ({
    name,
    color: /** @type {RGB} */ (fromHex(hex)),
  })),
}));
