import { HOST } from '../conf.js';
import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { headers } from '../draw/tables.js';
import { fields } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = `location = /experiment/ws {
    proxy_http_version 1.1;
    ${HOST}
    proxy_pass http://app/ws;
}`;

const NAMES = ['Connection', 'Upgrade', 'Sec-WebSocket-Version'];

export default {
    ask: {
        question: 'The browser asks for a WebSocket: GET with "Connection: Upgrade" and "Upgrade: websocket". A location has proxy_pass and says nothing of these two. What does the app get?',
        answers: { plain: 'A GET without them', whole: 'The same request', nothing: 'Nothing: the proxy refuses it' },
    },
    steps: [
        'A location is added that passes /experiment/ws on, without the lines for Upgrade and Connection.',
        'This page opens a WebSocket through the shipped location and sends "hello".',
        'The handshake that its browser made is sent to the new location, too, and read as it came to the proxy and as it left it.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const good = await open(lab, '/ws');
        lab.need(good.socket.opened, `no WebSocket opened through the shipped location either: ${good.exchange.status}`);
        const bad = await shake(lab, '/experiment/ws', good.exchange);
        const left = bad.exchange.tries.length ? fields(bad.exchange, 'toUpstream') : null;
        return {
            answer: left === null ? 'nothing' : left.Upgrade === undefined ? 'plain' : 'whole',
            verdict: `With the lines: ${good.said}. Without: ${bad.said}`,
            figures: [
                headers('The handshake', NAMES, [
                    ['from the browser', fields(bad.exchange, 'fromClient')],
                    ['left without the lines', left ?? {}],
                    ['left with the lines', fields(good.exchange, 'toUpstream')],
                ]),
                lanes('The two connections, from the request to their end', [
                    { label: 'with the lines', value: String(good.exchange.status), bars: [{ to: good.ms, who: 'app', text: good.said }], id: good.exchange.id },
                    { label: 'without', value: String(bad.exchange.status), bars: [{ to: bad.ms, who: bad.exchange.status === 101 ? 'app' : 'failed', text: bad.said }], id: bad.exchange.id },
                ]),
            ],
            why: 'Upgrade and Connection belong to one connection (RFC 9110 §7.6.1), so a proxy does not pass them on unless it is told to. It also has to speak HTTP/1.1 to the app.',
            conf: `${CONF}\n\n# what it lacks: $upgrade and $connection_upgrade are maps of $http_upgrade\nproxy_set_header Upgrade    $upgrade;\nproxy_set_header Connection $connection_upgrade;`,
        };
    }),
};

async function open(lab, path) {
    lab.say(`opening a WebSocket at ${path}`);
    const socket = await lab.webSocket(path);
    const exchange = await lab.newest(path);
    return { exchange, socket, ms: socket.ms, said: socket.opened ? `it opened after ${time(socket.openedMs)} and echoed "${socket.echo}"` : `it did not open: ${exchange.status}` };
}

/** The same handshake without a browser, which would only say "failed"; any key will do. */
async function shake(lab, path, { headers: { fromClient } }) {
    const same = fromClient.filter(([name]) => NAMES.includes(name));
    const sent = await lab.send(path, { headers: [...same, ['Sec-WebSocket-Key', btoa('sixteen bytes...')]] });
    return { exchange: await lab.exchange(sent.id), ms: sent.ms, said: sent.status === 101 ? 'it opened' : `it did not open: the app answered ${sent.said}, "${sent.line}"` };
}
