// The details of one hop: what it got and gave, what was done to it by which line, and where the time went.
import { h, ms } from '../lib/dom.js';
import { go } from '../lib/router.js';
import { contents } from './contents.js';
import { list } from './headers.js';
import { legend, waterfall } from './phases.js';

/** A hop's name in a sentence; hop_name may be anything. */
const the = (name) => (/^(proxy|app)$/.test(name) ? `the ${name}` : name);

export function detail(exchange, hop) {
    const { headers, startLines, changes, hops, tries } = exchange;
    const self = hops[0]?.name ?? 'proxy';
    const app = hops[1]?.name ?? 'app';
    const asked = tries.length > 0;
    const last = tries.at(-1);
    const reached = Boolean(last?.from);
    const note = (title, text) => h('div', {}, h('h3', {}, title), h('p', {}, text));
    const unsaid = (name) => [note(`What ${name} did`, 'A HAR file does not say it: it has the request as the client sent it, and the response as the client got it.')];
    const views = {
        content: () => contents(exchange),
        browser: () => [
            list('What the client sent', startLines.fromClient, headers.fromClient),
            list('What the client got', startLines.toClient, headers.toClient),
        ],
        proxy: () => [
            asked ? list(`What ${the(self)} did to the request`, startLines.toUpstream, headers.toUpstream, changes.request)
                : note(`What ${the(self)} did to the request`, 'It passed nothing on: it answered by itself.'),
            list(`What ${the(self)} did to the response`, startLines.toClient, headers.toClient, changes.response),
        ],
        app: () => (asked ? [
            reached ? list(`What ${the(app)} got`, startLines.toUpstream, headers.toUpstream) : note(`What ${the(app)} got`, 'Nothing: no connection to it came about.'),
            headers.fromUpstream.length ? list(`What ${the(app)} answered`, startLines.fromUpstream, headers.fromUpstream)
                : note(`What ${the(app)} answered`, last?.error?.code === 'garbage' ? 'Bytes that are no HTTP.' : 'Nothing.'),
        ] : [note(`What ${the(app)} got`, 'Nothing: it was not asked.')]),
    };
    // of a hop behind the next one there is what it has told about itself
    const behind = hops[Number(/^hop(\d+)$/.exec(hop)?.[1]) - 1];
    const ofBehind = () => [note(`What ${the(behind.name)} has told in Hop-Trace`,
        `The connection came from ${behind.from} to ${behind.at}: number ${behind.connection} there, request ${behind.request} on it.${
            behind.durMs === undefined ? '' : ` It answered after ${ms(behind.durMs)}.`} Its headers are known to the hop in front of it.`)];
    const shownViews = behind ? ofBehind : exchange.imported && !['content', 'browser'].includes(hop) ? () => unsaid(hop === 'app' ? the(exchange.isForeign ? exchange.host : app) : the(self))
        : views[hop] ?? views.proxy;
    return [
        h('div', { class: 'buttons' },
            h('h2', {}, `Exchange ${exchange.number ?? exchange.id}`),
            h('span', { class: 'buttons' },
                h('button', { type: 'button', class: 'small', id: 'hop-content', 'aria-pressed': String(hop === 'content'), click: () => go({ hop: hop === 'content' ? 'proxy' : 'content' }) }, 'content'),
                h('button', { type: 'button', class: 'small', click: () => go({ hop: null }) }, 'close'))),
        h('div', { class: 'times' }, waterfall(exchange, exchange.phases.totalMs), legend(exchange)),
        exchange.errorLog?.length ? h('pre', { class: 'error-log', tabindex: '0', 'aria-label': 'Lines of the error log' }, exchange.errorLog.join('\n')) : null,
        exchange.gone ? h('p', { class: 'warning' }, exchange.gone) : h('div', { class: 'detail' }, shownViews()),
        h('p', { class: 'about' }, `From the request's head to the last byte of the response: ${ms(exchange.phases.totalMs)}.`),
    ].filter(Boolean);
}
