// Calls localstored as a client that knows nothing of it but what it tells by
// reflection:  node grpc_js_client.js ADDRESS URL SHA256 SIZE
'use strict';

const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const {GrpcReflection} = require('grpc-js-reflection-client');

const SERVICE = 'localstore.v1.LocalDatastoreService';
const HOST = 'ubuntu-4321-http-server.local';
const FORMAT = {longs: Number, enums: String, defaults: true};

const [address, url, sha256, size] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();

function unary(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, {deadline: Date.now() + 60000},
                   (error, response) => error ? reject(error) : resolve(response));
  });
}

async function clientOf(reflection, symbol) {
  const descriptor = await reflection.getDescriptorBySymbol(symbol);
  const root = descriptor.getPackageObject(FORMAT);
  const Client = symbol.split('.').reduce((node, part) => node[part], root);
  return new Client(address, credentials);
}

async function listsItsServices(reflection) {
  const services = await reflection.listServices();
  assert.ok(services.includes(SERVICE), services);
  assert.ok(services.includes('grpc.health.v1.Health'), services);
}

async function isHealthy(reflection) {
  const health = await clientOf(reflection, 'grpc.health.v1.Health');
  const {status} = await unary(health, 'Check', {service: SERVICE});
  assert.equal(status, 'SERVING');
}

async function resolves(client) {
  const {endpoints} = await unary(client, 'Resolve', {host: HOST, address_family: 'ADDRESS_FAMILY_IPV4'});
  assert.equal(endpoints.length, 1);
  assert.equal(endpoints[0].address, '10.1.0.5');
  assert.equal(endpoints[0].bridge, 'bn1');
  assert.equal(endpoints[0].source_address, '10.1.0.1');
}

async function tellsWhyItDoesNotResolve(client) {
  const error = await unary(client, 'Resolve', {host: 'example.com'}).then(() => null, (e) => e);
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
  assert.match(error.details, /example\.com/);
  const [details] = error.metadata.get('grpc-status-details-bin');
  assert.ok(details.includes('google.rpc.ErrorInfo'), details);
  assert.ok(details.includes('HOST_NOT_LOCAL'), details);
}

async function downloads(client) {
  const snapshots = [];
  for await (const {download} of client.Download({url, sha256, destination: 'by-grpc-js'})) {
    snapshots.push(download);
  }
  const last = snapshots.at(-1);
  assert.equal(last.state, 'STATE_COMPLETED');
  assert.equal(last.sha256, sha256);
  assert.equal(last.received_bytes, Number(size));
  assert.equal(new URL(last.effective_url).host, '10.1.0.5');
}

async function refusesABadDownload(client) {
  const stream = client.Download({url, sha256: 'xyz', size_bytes: -1, destination: '../x'});
  const error = await (async () => {
    for await (const _ of stream) assert.fail('no message was expected');
  })().then(() => null, (e) => e);
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
  for (const field of ['sha256', 'size_bytes', 'destination']) assert.match(error.details, new RegExp(field));
  const [details] = error.metadata.get('grpc-status-details-bin');
  for (const text of ['google.rpc.ErrorInfo', 'google.rpc.BadRequest', 'localstore']) assert.ok(details.includes(text), details);
}

// A download that nobody would wait for: it is watched, cancelled and removed.
async function watchesCancelsAndRemoves(client) {
  const download_id = 'by-grpc-js-slow';
  const slow = url.replace(/\/images\//, '/slow/images/') + '-slow';
  const stream = client.Download({download_id, url: slow, sha256: '0'.repeat(64), destination: download_id});
  const ended = (async () => {
    for await (const _ of stream) ;
  })().then(() => null, (e) => e);
  const watched = (async () => {
    for (;;) {  // until the download is there
      try {
        const states = [];
        for await (const {download} of client.Watch({download_ids: [download_id]})) states.push(download.state);
        return states;
      } catch (error) {
        assert.equal(error.code, grpc.status.NOT_FOUND);
      }
    }
  })();
  for (;;) {
    const error = await unary(client, 'Cancel', {download_id, discard_partial: true}).then(() => null, (e) => e);
    if (error === null) break;
    assert.equal(error.code, grpc.status.NOT_FOUND);
  }
  const {download} = await unary(client, 'Cancel', {download_id});
  assert.equal(download.state, 'STATE_CANCELLED');
  assert.equal((await ended).code, grpc.status.CANCELLED);
  assert.equal((await watched).at(-1), 'STATE_CANCELLED');
  await unary(client, 'Remove', {download_id, delete_file: true});
  const gone = await unary(client, 'Remove', {download_id}).then(() => null, (e) => e);
  assert.equal(gone.code, grpc.status.NOT_FOUND);
  const [details] = gone.metadata.get('grpc-status-details-bin');
  assert.ok(details.includes('DOWNLOAD_NOT_FOUND'), details);
}

async function browses(client) {
  const events = [];
  for await (const event of client.Browse({types: ['_workstation._tcp'], duration: {seconds: 2}})) events.push(event);
  assert.ok(events.some((e) => e.event === 'EVENT_FOUND' && e.bridge === 'bn1' && e.service.type === '_workstation._tcp'), JSON.stringify(events));
}

async function reportsItsStatus(client) {
  const {version, bridges, downloads} = await unary(client, 'Status', {});
  assert.notEqual(version, '');
  assert.deepEqual(bridges.map((b) => b.name).sort(), ['bn1', 'bn2', 'bn3']);
  assert.ok(downloads.some((d) => d.destination === 'by-grpc-js' && d.state === 'STATE_COMPLETED'));
}

async function main() {
  const reflection = new GrpcReflection(address, credentials);
  const client = await clientOf(reflection, SERVICE);
  const checks = [
    [listsItsServices, reflection],
    [isHealthy, reflection],
    [resolves, client],
    [tellsWhyItDoesNotResolve, client],
    [downloads, client],
    [refusesABadDownload, client],
    [watchesCancelsAndRemoves, client],
    [browses, client],
    [reportsItsStatus, client],
  ];
  for (const [check, argument] of checks) {
    await check(argument);
    console.log(`grpc-js: ${check.name}: ok`);
  }
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
