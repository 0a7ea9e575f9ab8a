// What came of one request of the console's: sockets, times, what was sent and what came back.
import { content } from '../lib/content.js';
import { h, ms } from '../lib/dom.js';
import { list } from '../path/headers.js';
import { pick } from '../path/path.js';

const WAYS = { proxied: 'Through the proxy', direct: 'Direct' };

export function result(answer) {
    const { way, status, error, errorCode, from, to, phases, sent, requestLine, received, statusLine, id, notes, interim, contentCut, contentLength, endedBy } = answer;
    const type = received?.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    return h('article', { class: 'card', 'data-way': way },
        h('h3', {}, WAYS[way] ?? way, ' ',
            status ? [h('b', { class: `status s${String(status)[0]}` }, String(status)), ' '] : null,
            error ? h('b', { class: 'status s5' }, error) : null,
            ` in ${ms(phases.totalMs)}`),
        from ? h('p', { class: 'sockets' }, from, ' → ', to, phases.connectMs === null || phases.connectMs === undefined ? '' : ` (connected in ${ms(phases.connectMs)})`) : null,
        (notes ?? []).map((note) => h('p', { class: 'about' }, note)),
        interim?.length ? h('p', { class: 'about' }, `Before it: ${interim.join(', ')}`) : null,
        endedBy && errorCode !== 'timeout' ? h('p', { class: 'about' }, { peer: 'The other end closed the connection.', quiet: 'The other end said no more.', time: 'The time was over.' }[endedBy]) : null,
        id ? h('p', {}, h('button', { type: 'button', class: 'small', click: () => pick(id) }, 'show its path')) : null,
        sent ? list('Sent', requestLine, sent) : null,
        received?.length ? list('Received', statusLine, received) : null,
        content({ text: answer.content, base64: answer.contentBase64, type: sent ? type : '', length: contentLength, cut: contentCut, whole: !sent }));
}
