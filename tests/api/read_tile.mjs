// The tile in a file as MapLibre's own reader understands it: a line a layer - name, features, attributes, vertices,
// polygons. Run by tests/api/test_tile_read.c: node read_tile.mjs NODE_MODULES FILE.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${modules}/${name}/index.js`).href);
const { VectorTile, classifyRings } = await load("@mapbox/vector-tile");
const Pbf = await load("pbf").then((module) => module.PbfReader ?? module.default ?? module.Pbf);

const tile = new VectorTile(new Pbf(readFileSync(file)));
for (const [name, layer] of Object.entries(tile.layers)) {
  let ids = 0, attributes = 0, vertices = 0, polygons = 0;
  for (let i = 0; i < layer.length; i++) {
    const feature = layer.feature(i), geometry = feature.loadGeometry();
    ids += feature.id;
    attributes += Object.keys(feature.properties).length;
    for (const path of geometry) vertices += path.length - (feature.type === 3 ? 1 : 0); // it closes rings
    if (feature.type === 3) polygons += classifyRings(geometry).length;
  }
  console.log(`${name} ${layer.length} ${ids} ${attributes} ${vertices} ${polygons}`);
}
