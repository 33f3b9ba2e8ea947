// bonjour_responder.js HOST ADDRESS: advertises HOST._http._tcp at HOST.local by bonjour-service.
const {Bonjour} = require('bonjour-service');

const [host, address] = process.argv.slice(2);
// Without `bind` the library hears nothing that is sent to the group.
const bonjour = new Bonjour({interface: address, bind: '0.0.0.0'});
bonjour.publish({name: host, type: 'http', port: 80, host: host + '.local', txt: {path: '/'}});
process.on('SIGTERM', () => bonjour.unpublishAll(() => bonjour.destroy(() => process.exit())));
