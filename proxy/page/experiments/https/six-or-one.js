import { lanes } from '../draw/lanes.js';
import { note } from '../draw/figure.js';
import * as needs from '../needs.js';

const REQUESTS = 12;
/** How long the app takes for each, in seconds. */
const DELAY = 0.3;
/** So many connections to a host a browser has at most, without HTTP/2. */
const MOST = 6;
const MARK = 'six-or-one';

const isHttps = () => location.protocol === 'https:';

export default {
    ask: {
        question: `This page asks for ${REQUESTS} answers at once, and the app takes ${DELAY * 1000} ms for each. How many connections does your browser open for them? (You have opened the page by ${isHttps() ? 'https, and this proxy speaks HTTP/2 there' : 'http, so it is HTTP/1.1'}.)`,
        answers: { one: 'one', few: `more than one, but not more than ${MOST}`, all: `${REQUESTS}, one for each` },
    },
    steps: [
        `This page asks for ${REQUESTS} answers at once, by fetch().`,
        'Which request came on which connection, and when, is read from what the proxy has recorded.',
        'If you have run this by the other protocol before, that run is drawn beside it.',
    ],
    needs: [needs.app],
    async run(lab) {
        const run = `${MARK}-${Date.now()}`;
        await Promise.all(Array.from({ length: REQUESTS }, (_, i) => lab.fetch(`/delay/${DELAY}?${run}-${i}`)));
        await lab.newest(`/delay/${DELAY}?${run}-${REQUESTS - 1}`);
        const all = (await lab.call('GET', `exchanges?limit=500&path=${MARK}`)).exchanges;
        const mine = byConnection(all.filter(({ target }) => target.includes(run)));
        lab.need(mine.all.length === REQUESTS, `the proxy has recorded ${mine.all.length} of ${REQUESTS} requests`);
        const other = lastOf(all.filter(({ protocol }) => protocol !== mine.protocol));
        const count = mine.connections.length;
        return {
            answer: count === 1 ? 'one' : count <= MOST ? 'few' : count === REQUESTS ? 'all' : undefined,
            verdict: `Over ${mine.protocol}, ${count === 1 ? 'one connection carried all of them at once' : `${count} connections carried them, one after the other on each`}: ${Math.round(mine.ms)} ms from the first to the last.`
                + (other ? ` Over ${other.protocol} it was ${other.connections.length === 1 ? 'one connection' : `${other.connections.length} connections`} and ${Math.round(other.ms)} ms.` : ''),
            figures: [drawn(mine), other ? drawn(other) : note(isHttps() ? 'Open this page by http:// and run it again, to see the same over HTTP/1.1.' : 'Open this page by https:// and run it again, to see the same over HTTP/2.')],
            why: `HTTP/1.1 answers in order, so a connection carries one request at a time, and browsers open no more than ${MOST} to a host (this page’s own live streams keep some of them). What is asked for beyond that waits in the browser, where the proxy does not see it. HTTP/2 numbers streams within one connection, and answers come as they are ready.`
                + ' Each further connection takes a handshake, too. Where TCP loses a packet, though, all streams of the one connection wait for it: that is what HTTP/3 is for.',
            production: 'listen 443 ssl; http2 on; browsers speak HTTP/2 over TLS only, and agree on it by ALPN. The app notices nothing: proxy_pass speaks HTTP/1.1 to it, over kept connections. But it gets all requests of a page at once, so give it workers. Spreading files over several host names, as was done for HTTP/1.1, now costs handshakes.',
            conf: 'listen 443 ssl;\nhttp2 on;   # before nginx 1.25.1: listen 443 ssl http2;\nhttp2_max_concurrent_streams 128;',
        };
    },
};

function byConnection(list) {
    const all = [...list].sort((a, b) => a.startedAt - b.startedAt);
    const begun = all[0]?.startedAt ?? 0;
    return {
        all, begun, protocol: all[0]?.protocol, connections: [...new Set(all.map(({ client }) => client.connection))],
        ms: Math.max(0, ...all.map(({ startedAt, phases }) => startedAt + phases.totalMs - begun)),
    };
}

/** The newest whole run among some; null if there is none. */
function lastOf(list) {
    const run = new RegExp(`${MARK}-\\d+`).exec(list[0]?.target)?.[0];
    const all = run ? list.filter(({ target }) => target.includes(run)) : [];
    return all.length === REQUESTS ? byConnection(all) : null;
}

function drawn({ all, begun, protocol, connections }) {
    return lanes(`${protocol}: who came on which connection`, connections.flatMap((connection) => {
        const its = all.filter(({ client }) => client.connection === connection);
        const bar = ({ startedAt, phases }, i) => ({ from: startedAt - begun, to: startedAt - begun + phases.totalMs, who: 'app', text: `request ${i + 1}` });
        // streams go on at once, so each has a lane of its own
        return its[0].client.stream ? its.map((each, i) => ({ label: `connection ${connection}, stream ${each.client.stream}`, bars: [bar(each, i)], id: each.id }))
            : [{ label: `connection ${connection}`, value: String(its.length), note: its.length === 1 ? 'request' : 'requests', id: its[0].id, bars: its.map(bar) }];
    }));
}
