// multicast_dns_responder.js HOST ADDRESS: answers for HOST.local and its _http._tcp by multicast-dns,
// which itself neither probes nor announces nor says goodbye.
const [host, address] = process.argv.slice(2);
const name = host + '.local';
const type = '_http._tcp.local';
const instance = host + '.' + type;

const records = [
  {name, type: 'A', ttl: 120, data: address},
  {name: type, type: 'PTR', ttl: 4500, data: instance},
  {name: instance, type: 'SRV', ttl: 120, data: {port: 80, target: name}},
];

const mdns = require('multicast-dns')({interface: address, bind: '0.0.0.0'});
mdns.on('query', (query) => {
  const answers = records.filter((record) => query.questions.some(
      (question) => question.name.toLowerCase() === record.name &&
          (question.type === record.type || question.type === 'ANY')));
  if (answers.length > 0) mdns.respond({answers});
});
process.on('SIGTERM', () => process.exit());
