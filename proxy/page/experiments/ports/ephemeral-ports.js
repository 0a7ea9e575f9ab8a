import { note } from '../draw/figure.js';
import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { answered, lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';

const TIMES = 40;
const IN_ROW = 10;

const upstreams = (app) => `server {              # stands for an app that keeps its connections
    listen 127.0.0.1:${app};
    return 200 "here\\n";
}
upstream experiment_each { server 127.0.0.1:${app}; }
upstream experiment_kept { server 127.0.0.1:${app}; keepalive 8; }`;

const location = (name, to, more = '') => `location = /experiment/${name} {
    proxy_http_version 1.1;
    proxy_set_header Connection "";${more}
    proxy_pass http://${to};
}`;

const locations = (fixed) => [
    location('each', 'experiment_each'),
    location('kept', 'experiment_kept'),
    location('fixed', 'experiment_each', `\n    proxy_bind 127.0.0.1:${fixed};         # one port instead of thousands`),
].join('\n');

export default {
    ask: {
        question: `“proxy_bind 127.0.0.1:9000;” leaves the proxy one single port for its connections to the app, and each connection is closed after its request. Two requests come, one after the other. What do their clients get?`,
        answers: { second: 'the first an answer, the second an error', both: 'both an answer: the first connection is closed by then' },
    },
    steps: [
        `A small server becomes the app of two upstreams, one with “keepalive 8”, one without. ${TIMES} requests go to each, ${IN_ROW} in a row, by turns.`,
        'The kernel’s table says how many connections of each are left in TIME_WAIT at the proxy’s end, and from how many ports it can choose.',
        'Then two requests go out from one fixed port.',
    ],
    needs: [needs.edit, needs.sockets],
    async run(lab) {
        const [app, port] = await free(lab, 2);
        const conf = { http: upstreams(app), locations: locations(port) };
        return lab.withServer(conf, () => measured(lab, app, port, `${conf.http}\n\n${conf.locations}`));
    },
};

async function measured(lab, app, port, conf) {
    lab.say(`${TIMES} requests to each upstream`);
    const turns = await lab.turns(TIMES, { each: ['/experiment/each', {}], kept: ['/experiment/kept', {}] }, IN_ROW);
    const { connections, unlisted, ephemeralPorts } = await lab.sockets(app);
    const ways = {};
    for (const [name, sent] of Object.entries(turns)) {
        const ids = new Set(sent.map(({ id }) => id));
        const tries = (await lab.recorded(`/experiment/${name}`)).filter(({ id }) => ids.has(id)).map(lastTry);
        lab.need(tries.length === TIMES, `the proxy recorded ${tries.length} of ${TIMES} requests`);
        // ports of the proxy’s end, so that no other’s connection counts
        const ends = new Set(tries.map(({ from }) => from));
        const left = connections.filter(({ state, local }) => state === 'TIME_WAIT' && ends.has(local));
        ways[name] = { id: sent.at(-1).id, ports: ends.size, left: unlisted ? null : left.length };
    }
    lab.say('two requests from one port');
    const fixed = [];
    for (let i = 0; i < 2; i++) {
        const sent = await lab.send('/experiment/fixed');
        const exchange = await lab.exchange(sent.id);
        fixed.push({ sent, label: `request ${i + 1}`, id: sent.id, tone: sent.status === 200 ? 'ok' : 'not', cells: [lastTry(exchange)?.from ?? null, sent.said, answered(exchange), (exchange.errorLog ?? []).join('\n') || null] });
    }
    const [first, second] = fixed.map(({ sent }) => sent.status === 200);
    lab.need(first, `the first request from port ${port} was answered with ${fixed[0].sent.said}: somebody else may have taken the port`);
    const { each, kept } = ways;
    const range = ephemeralPorts && ephemeralPorts.last - ephemeralPorts.first + 1;
    const row = (label, way, value, who) => ({ label, value, who, id: way.id });
    return {
        answer: second ? 'both' : 'second',
        verdict: `${TIMES} requests without keepalive took ${each.ports} ports, with keepalive ${kept.ports}.${
            each.left === null ? '' : ` ${each.left} and ${kept.left} of these are in TIME_WAIT.`} From one fixed port, the first request was answered ${fixed[0].sent.said}, the second ${fixed[1].sent.said}.`,
        figures: [
            bars(`Ports of the proxy’s that ${TIMES} requests to the app took`, [row('without keepalive', each, each.ports, 'connect'), row('keepalive 8', kept, kept.ports, 'connect')], { format: counted }),
            each.left === null ? note('How many are in TIME_WAIT cannot be said: the kernel’s table has more connections than are listed.')
                : bars(`Of these in TIME_WAIT, at the proxy’s end (its ports → ${app})`, [row('without keepalive', each, each.left, 'failed'), row('keepalive 8', kept, kept.left, 'failed')], { format: counted }),
            range ? note(`The kernel takes ephemeral ports from ${ephemeralPorts.first} to ${ephemeralPorts.last} here (net.ipv4.ip_local_port_range): ${range.toLocaleString('en')} ports for each address and port that is connected to. At 60 s in TIME_WAIT they are used up by ${Math.floor(range / 60).toLocaleString('en')} new connections a second.`)
                : note('The kernel does not say here from which range it takes ephemeral ports.'),
            table(`A range of one port: proxy_bind 127.0.0.1:${port}`, ['from', 'the client got', 'who answered', 'error log'], fixed),
        ],
        why: 'Who closes a connection first keeps its port in TIME_WAIT for 60 s (a constant of Linux), so that stray packets of the old connection do not get into a new one with the same two ends (over the loopback Linux takes such a port again after a second: net.ipv4.tcp_tw_reuse). With all ports of the range in use towards one app, connect() fails: 99, Cannot assign requested address. '
            + 'A port that is bound by name is refused even earlier: bind() fails, 98, Address already in use, and that is a 500 of the proxy’s. '
            + 'keepalive is the cure, since a kept connection serves many requests. More addresses of the app, or of the proxy, give more pairs. Never bind a port, only an address: proxy_bind 10.0.0.5;',
        conf,
    };
}
