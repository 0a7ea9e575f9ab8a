import { ends, note } from '../draw/figure.js';
import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { answered, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const TIMES = 40;
const IN_ROW = 10;
const APP_PORT = 9471;
const FIXED = '127.0.0.1:9472';

const HTTP = `server {                             # stands for an app that keeps its connections
    listen 127.0.0.1:${APP_PORT};
    return 200 "here\\n";
}
upstream experiment_each { server 127.0.0.1:${APP_PORT}; }
upstream experiment_kept { server 127.0.0.1:${APP_PORT}; keepalive 8; }`;

const location = (name, to, more = '') => `location = /experiment/${name} {
    proxy_http_version 1.1;
    proxy_set_header Connection "";${more}
    proxy_pass http://${to};
}`;

const LOCATIONS = [
    location('each', 'experiment_each'),
    location('kept', 'experiment_kept'),
    location('fixed', 'experiment_each', `\n    proxy_bind ${FIXED};         # one port instead of thousands`),
].join('\n');

export default {
    ask: {
        question: `“proxy_bind ${FIXED};” leaves the proxy one single port for its connections to the app, and each connection is closed after its request. Two requests come, one after the other. What do their clients get?`,
        answers: { second: 'an answer; the second one an error', both: 'an answer, both: the first connection is closed', none: 'an error, both' },
    },
    steps: [
        `A small server becomes the app of two upstreams, one with “keepalive 8”, one without. ${TIMES} requests go to each, ${IN_ROW} in a row, by turns.`,
        'The kernel’s table says how many connections of each are left in TIME_WAIT at the proxy’s end, and from how many ports it can choose.',
        'Then two requests go out from one fixed port.',
    ],
    needs: [needs.edit, needs.sockets],
    run: (lab) => lab.withServer({ http: HTTP, locations: LOCATIONS }, async () => {
        const { states } = await lab.sockets(ends(FIXED)[1]);
        lab.need(!states.TIME_WAIT, `port ${ends(FIXED)[1]} is still in TIME_WAIT, from the last time that this ran; it is free a minute after that`);
        lab.say(`${TIMES} requests to each upstream`);
        const turns = await lab.turns(TIMES, { each: ['/experiment/each', {}], kept: ['/experiment/kept', {}] }, IN_ROW);
        const { connections, unlisted, ephemeralPorts } = await lab.sockets();
        const ways = {};
        for (const [name, sent] of Object.entries(turns)) {
            const ids = new Set(sent.map(({ id }) => id));
            const tries = (await lab.recorded(`/experiment/${name}`)).filter(({ id }) => ids.has(id)).map(lastTry);
            lab.need(tries.length === TIMES, `the proxy recorded ${tries.length} of ${TIMES} requests`);
            // ports of the proxy’s end, so that no other’s connection counts
            const ports = new Set(tries.map(({ from }) => from));
            const left = connections.filter(({ state, local }) => state === 'TIME_WAIT' && ports.has(local));
            ways[name] = { id: sent.at(-1).id, ports: ports.size, left: unlisted ? null : left.length };
        }
        lab.say('two requests from one port');
        const fixed = [];
        for (let i = 0; i < 2; i++) {
            const sent = await lab.send('/experiment/fixed');
            const exchange = await lab.exchange(sent.id);
            fixed.push({ sent, label: `request ${i + 1}`, id: sent.id, tone: sent.status === 200 ? 'ok' : 'not', cells: [lastTry(exchange)?.from ?? null, sent.said, answered(exchange), (exchange.errorLog ?? []).join('\n') || null] });
        }
        const [first, second] = fixed.map(({ sent }) => sent.status === 200);
        const { each, kept } = ways;
        const range = ephemeralPorts && ephemeralPorts.last - ephemeralPorts.first + 1;
        const row = (label, way, value, who) => ({ label, value, who, id: way.id });
        return {
            answer: first && second ? 'both' : first ? 'second' : second ? undefined : 'none',
            verdict: `${TIMES} requests without keepalive took ${each.ports} ports, with keepalive ${kept.ports}.${
                each.left === null ? '' : ` ${each.left} and ${kept.left} of these are in TIME_WAIT.`} From one fixed port, the first request was answered ${fixed[0].sent.said}, the second ${fixed[1].sent.said}.`,
            figures: [
                bars(`Ports of the proxy’s that ${TIMES} requests to the app took`, [row('without keepalive', each, each.ports, 'connect'), row('keepalive 8', kept, kept.ports, 'connect')], { format: counted }),
                each.left === null ? note('How many are in TIME_WAIT cannot be said: the kernel’s table has more connections than are listed.')
                    : bars(`Of these in TIME_WAIT, at the proxy’s end (port → ${ends(`127.0.0.1:${APP_PORT}`)[1]})`, [row('without keepalive', each, each.left, 'failed'), row('keepalive 8', kept, kept.left, 'failed')], { format: counted }),
                range ? note(`The kernel takes ephemeral ports from ${ephemeralPorts.first} to ${ephemeralPorts.last} here (net.ipv4.ip_local_port_range): ${range.toLocaleString('en')} ports for each address and port that is connected to. At 60 s in TIME_WAIT they are used up by ${Math.floor(range / 60).toLocaleString('en')} new connections a second.`)
                    : note('The kernel does not say here from which range it takes ephemeral ports.'),
                table(`A range of one port: proxy_bind ${FIXED}`, ['from', 'the client got', 'who answered', 'error log'], fixed),
            ],
            why: 'Who closes a connection first keeps its port in TIME_WAIT for 60 s (a constant of Linux), so that stray packets of the old connection do not get into a new one with the same two ends. With all ports of the range in use towards one app, connect() fails: 99, Cannot assign requested address. '
                + 'keepalive is the cure, since a kept connection serves many requests. More addresses of the app, or of the proxy, give more pairs. Never bind a port, only an address: proxy_bind 10.0.0.5;',
            conf: `${HTTP}\n\n${LOCATIONS}`,
        };
    }),
};
