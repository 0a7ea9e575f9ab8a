// Two exchanges beside each other: what differs in their requests, responses and times.
import { h, ms } from '../lib/dom.js';
import { PHASES } from '../path/phases.js';

/** Rows { name, a, b } of two lists of fields; fields of one name are put together in their order. */
function rows(a, b) {
    const names = new Map();
    for (const [side, list] of [[0, a], [1, b]]) {
        for (const [name, value] of list) {
            const key = name.toLowerCase();
            names.has(key) || names.set(key, { name, sides: [[], []] });
            names.get(key).sides[side].push(value);
        }
    }
    return [...names.values()].map(({ name, sides }) => ({ name, a: sides[0].join('\n'), b: sides[1].join('\n'), missing: sides.map((side) => !side.length) }));
}

function section(title, list, labels) {
    const different = list.filter(({ a, b }) => a !== b);
    const same = list.length - different.length;
    return [
        h('h3', {}, title),
        different.length ? h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title }, h('table', { class: 'diff' },
            h('thead', {}, h('tr', {}, h('td', {}), labels.map((label) => h('th', { scope: 'col' }, label)))),
            h('tbody', {}, different.map(({ name, a, b, missing = [] }) => h('tr', {}, h('th', { scope: 'row' }, name),
                [a, b].map((value, i) => h('td', {}, missing[i] ? h('span', { class: 'absent' }, 'absent') : value)))))))
            : null,
        h('p', { class: 'about' }, `${different.length ? `${same} more` : `All ${same}`} are the same.`),
    ];
}

export function diff(a, b) {
    const labels = [a, b].map((x) => `${x.number ?? x.id}: ${x.method} ${x.target}`);
    const facts = [
        ['method', (x) => x.method], ['target', (x) => x.target], ['status', (x) => String(x.status)], ['who answered', (x) => x.answeredBy.text],
        ['location', (x) => (x.location.text ? `${x.location.text} line ${x.location.line}` : '')], ['outcome', (x) => x.outcome],
        ['client', (x) => x.client.from], ['the app\'s end', (x) => x.tries.at(-1)?.to ?? 'not asked'], ['bytes sent', (x) => String(x.bytes.sent)],
    ].map(([name, of]) => ({ name, a: of(a), b: of(b) }));
    const times = [...PHASES, ['totalMs', 'total']].map(([name, text]) => ({ name: text, a: ms(a.phases[name] ?? 0), b: ms(b.phases[name] ?? 0) }));
    return h('article', { class: 'card', id: 'live-diff' },
        section('What differs', facts, labels), section('Times', times, labels),
        section('Request headers from the client', rows(a.headers.fromClient, b.headers.fromClient), labels),
        section('Request headers to the app', rows(a.headers.toUpstream, b.headers.toUpstream), labels),
        section('Response headers to the client', rows(a.headers.toClient, b.headers.toClient), labels));
}
