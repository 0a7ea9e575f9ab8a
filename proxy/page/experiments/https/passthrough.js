import { chains, house, road } from '../draw/chain.js';
import { bars } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files, passthrough } from './tools.js';

const NAME = 'shop.example';
const PATH = '/basket-of-mine';

const conf = (port, own) => `server {
    listen 127.0.0.1:${port} ssl;
    server_name ${NAME};
    ${files(own)}
    return 200 "you are $remote_addr:$remote_port\\n";
}`;

const STREAM = `# the proxy in front, which has no certificate
stream {
    map $ssl_preread_server_name $behind {
        ${NAME} 10.0.0.5:443;
        default 10.0.0.6:443;
    }
    server {
        listen 443;
        ssl_preread on;
        proxy_protocol on;             # says who the client was
        proxy_pass $behind;
    }
}
# the server behind, which has it:
# listen 443 ssl proxy_protocol; set_real_ip_from 10.0.0.1; real_ip_header proxy_protocol;`;

export default {
    ask: {
        question: `A proxy passes TLS through to the server that has the key. A client asks for https://${NAME}${PATH}. What can this proxy read?`,
        answers: { name: `the name ${NAME}, and how much passes`, path: 'the path, but not the content', nothing: 'nothing at all' },
    },
    steps: [
        'A server with TLS is added. In front of it a small proxy copies bytes both ways; it has no key.',
        'A client asks through it, with a certificate that it checks. Then the small proxy is asked what it could see.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const own = await certificate(lab, { names: [NAME] });
        const http = conf(port, own);
        return lab.withServer({ http }, () => measured(lab, port, own, http));
    },
};

async function measured(lab, port, own, http) {
    const between = await passthrough(lab, port);
    const sent = lab.needStatus(await lab.send(PATH, { port: between.port, name: NAME, tls: { trust: own.by } }), 200);
    const behind = await lab.newest(PATH);
    const seen = await lab.call('GET', `passthrough/${between.port}?text=${encodeURIComponent(PATH)}`);
    const [passed] = seen.connections;
    lab.need(passed, 'nothing has passed through it');
    const records = [...passed.up.records.map((each) => ({ ...each, from: 'client' })), ...passed.down.records.map((each) => ({ ...each, from: 'server' }))];
    const count = (from, type) => records.filter((each) => each.from === from && each.type === type).reduce((sum, { length }) => sum + length, 0);
    return {
        answer: passed.hasText ? 'path' : passed.serverName === NAME ? 'name' : 'nothing',
        verdict: `It read the name ${passed.serverName ?? 'of nobody'} in the client’s first message, and counted ${passed.up.bytes} bytes one way and ${passed.down.bytes} the other. The path was ${passed.hasText ? '' : 'not '}among them. The server behind takes ${behind.client.from} for its client, which is the proxy in between.`,
        figures: [
            chains('One lock from end to end', [{
                label: 'Passed through', id: behind.id, parts: [
                    house('client', 'Client', sent.from, [['checks', own.names.join(', '), 'ok']]), road('encrypted', { secure: true }),
                    house('proxy', 'In between', sent.to, [['reads', passed.serverName ?? 'nothing']]), road('the same bytes', { secure: true }),
                    house('app', 'Has the key', behind.client.at, [['sees the client', behind.client.from, 'not']]),
                ],
            }]),
            table('Who can read what', ['in between', 'who has the key'], [
                ['the name (SNI)', passed.serverName ?? 'no', behind.client.tls?.serverName ?? 'no'],
                ['the request', passed.hasText ? PATH : null, behind.target],
                ['header fields', null, `${behind.headers.fromClient.length} lines`],
                ['the client’s address', passed.from, null],
            ].map(([label, ...cells]) => ({ label, cells })), { absent: 'no' }),
            bars('Records that passed, by what their headers say', [
                ['client: handshake', 'client', 'handshake'], ['client: encrypted', 'client', 'application_data'],
                ['server: handshake', 'server', 'handshake'], ['server: encrypted', 'server', 'application_data'],
            ].map(([label, from, type]) => ({ label, value: count(from, type), who: from === 'client' ? 'client' : 'app' })), { format: (n) => `${Math.round(n)} B` }),
        ],
        why: 'Who passes TLS through sees records: their type, their length and when they came. Only the first message of each side is in clear text, and in it the name. So it can choose a server by the name and nothing else: no path, no header to add, no cache, no 502 page, and X-Forwarded-For cannot be written.'
            + ' In exchange it needs no key, and the client checks the certificate of the app itself.',
        production: 'In nginx this is the stream module with ssl_preread, which this proxy does not have: what stood in between is a few lines of the console’s. The client’s address is told by the PROXY protocol, and the server behind takes it by real_ip_header proxy_protocol; without it Django’s REMOTE_ADDR and every limit by address are those of the proxy.',
        conf: `${STREAM}\n\n${asInProduction(http, { shop: own }, { [port]: '443' })}`,
    };
}
