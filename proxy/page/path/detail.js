// The details of one hop: what it got and gave, what was done to it by which line, and where the time went.
import { h, ms } from '../lib/dom.js';
import { go } from '../lib/router.js';
import { contents } from './contents.js';
import { detail as databaseDetail } from './database-detail.js';
import { fault } from './fault.js';
import { list } from './headers.js';
import { detail as lockDetail } from './lock.js';
import { legend, waterfall } from './phases.js';
import { streams } from './streams.js';

/** A hop's name in a sentence; hop_name may be anything. */
const the = (name) => (/^(proxy|app|server)$/.test(name) ? `the ${name}` : name);

const became = ({ to, role, status, error }) => error?.text ?? (status === null ? `${to} had not answered yet` : `the ${role ?? 'app'} at ${to} answered ${status}`);

export function detail(exchange, hop) {
    const { headers, startLines, changes, hops, hopName, tries, answeredBy, authRequest } = exchange;
    const self = hops[0]?.name ?? hopName ?? 'proxy';
    const asked = tries.length > 0;
    const last = tries.at(-1);
    const app = hops[1]?.name ?? last?.role ?? 'app';
    const isAnswered = answeredBy?.who !== 'nobody';
    const note = (title, text) => h('div', {}, h('h3', {}, title), h('p', {}, text));
    const unsaid = (name) => [note(`What ${name} did`, 'A HAR file does not say it: it has the request as the client sent it, and the response as the client got it.')];
    const notPassedOn = () => (asked ? `It passed nothing on: no ${last.from ? 'TLS' : 'connection to do so'} came about.` : `It passed nothing on${isAnswered ? ': it answered by itself' : ''}.`);
    const views = {
        content: () => contents(exchange),
        browser: () => [
            list('What the client sent', startLines.fromClient, headers.fromClient),
            isAnswered ? list('What the client got', startLines.toClient, headers.toClient) : note('What the client got', `Nothing: ${answeredBy.text}.`),
        ],
        proxy: () => [
            startLines.toUpstream ? list(`What ${the(self)} did to the request`, startLines.toUpstream, headers.toUpstream, changes.request)
                : note(`What ${the(self)} did to the request`, notPassedOn()),
            isAnswered ? list(startLines.fromUpstream ? `What ${the(self)} did to the response` : `What ${the(self)} answered`, startLines.toClient, headers.toClient, changes.response)
                : note(`What ${the(self)} did to the response`, 'There was none.'),
        ],
        app: () => (asked ? [
            startLines.toUpstream ? list(`What ${the(app)} got`, startLines.toUpstream, headers.toUpstream)
                : note(`What ${the(app)} got`, last.from ? 'Nothing of the request.' : 'Nothing: no connection to it came about.'),
            startLines.fromUpstream ? list(`What ${the(app)} answered`, startLines.fromUpstream, headers.fromUpstream)
                : note(`What ${the(app)} answered`, fault(last)?.detail ?? 'Nothing.'),
        ] : [note(`What ${the(app)} got`, 'Nothing: it was not asked.')]),
        lock: () => (exchange.client.tls ? lockDetail(exchange.client.tls, {
            time: Date.parse(exchange.time), isFirst: exchange.client.request === 1, server: the(self), client: 'the client',
        }) : [note('The client’s connection', 'It is not encrypted.')]),
        'app-lock': () => (last?.tls ? lockDetail(last.tls, {
            time: Date.parse(exchange.time), isFirst: !last.reused, server: app === self ? `the ${app} behind it` : the(app), client: the(self),
        }) : [note(`The connection to ${the(app)}`, 'It is not encrypted.')]),
        database: () => databaseDetail(exchange),
        auth: () => [note('What auth_request asked', `${authRequest.uri}, ${authRequest.tries.length ? `by ${authRequest.tries.map(({ to, server }) => to ?? server).join(', ')}` : 'here'}.`),
            note('What it was told', authRequest.tries.map(became).join('; ') || String(authRequest.status))],
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
        h('div', { class: 'times' }, waterfall(exchange, exchange.phases.totalMs + (exchange.phases.handshakeMs ?? 0)), legend(exchange)),
        ['lock', 'browser'].includes(hop) ? streams(exchange) : null,
        tries.length > 1 ? h('ol', { class: 'tries', 'aria-label': 'The tries in their order' }, tries.map((each) => h('li', {}, h('b', {}, ms(each.totalMs)), ' ', became(each)))) : null,
        authRequest ? h('p', { class: 'about auth-request' }, `Before that, auth_request asked ${authRequest.uri}: ${
            authRequest.tries.map((each) => `${became(each)}, in ${ms(each.totalMs)}`).join('; ') || `it said ${authRequest.status}`}.`) : null,
        exchange.errorLog?.length ? h('pre', { class: 'error-log', tabindex: '0', 'aria-label': 'Lines of the error log' }, exchange.errorLog.join('\n')) : null,
        exchange.gone ? h('p', { class: 'warning' }, exchange.gone) : h('div', { class: 'detail' }, shownViews()),
        h('p', { class: 'about' }, `From the request's head to ${isAnswered ? 'the last byte of the response' : 'its end without a response'}: ${ms(exchange.phases.totalMs)}.`),
    ].filter(Boolean);
}
