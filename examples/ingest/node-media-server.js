// An RTMP ingest for trying webtv on one machine: `npm install && npm start`,
// then push to rtmp://127.0.0.1:1935/live/<name>.
//
// HOST and PORT move it. SECRET turns on signed publishing, which any address but loopback demands:
// push to <name>?sign=<expires>-<md5 of "/live/<name>-<expires>-<SECRET>">.
"use strict";

const os = require("node:os");
const path = require("node:path");
const NodeMediaServer = require("node-media-server");

const host = process.env.HOST || "127.0.0.1";
const port = Number(process.env.PORT || 1935);
const secret = process.env.SECRET || "";

if (!["127.0.0.1", "::1", "localhost"].includes(host) && !secret) {
  console.error(`HOST=${host} is open to a network: set SECRET, so that only you can publish.`);
  process.exit(1);
}

const config = {
  bind: host,
  rtmp: { port },
  auth: { publish: secret !== "", play: false, secret },
  // Node-Media-Server records every stream unless told otherwise.
  record: { auto: false },
  store: { path: process.env.DATA || path.join(os.tmpdir(), `node-media-server-${port}`) },
};
if (process.env.TLS_PORT) {
  config.rtmps = { port: Number(process.env.TLS_PORT), key: process.env.TLS_KEY, cert: process.env.TLS_CERT };
}

const server = new NodeMediaServer(config, "");
server.run();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => server.stop().finally(() => process.exit(0)));
}
