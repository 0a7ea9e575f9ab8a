// Compare: one path, as often direct as through the proxy, side by side.
import { BASE, call } from '../lib/api.js';
import { distribution } from '../lib/chart.js';
import { copyButton, field, h, ms, problem } from '../lib/dom.js';
import { list } from '../path/headers.js';
import { pick } from '../path/path.js';

export function panel() {
    const path = h('input', { value: '/whoami', required: true, pattern: '/.*', spellcheck: 'false', input: terminal });
    const times = h('input', { type: 'number', value: 50, min: 1, max: 1000, required: true, input: terminal });
    const button = h('button', { class: 'primary' }, 'Compare');
    const command = h('pre', { tabindex: '0' });
    const out = h('div', { 'aria-live': 'polite' });

    function terminal() {
        command.textContent = `curl -s '${new URL('compare', BASE)}?path=${encodeURIComponent(path.value).replaceAll('%2F', '/')}&n=${times.value}'`;
    }

    async function run(event) {
        event.preventDefault();
        button.disabled = true;
        out.replaceChildren(h('p', {}, 'asking, alternating between both ways …'));
        try {
            show(out, await call('POST', 'compare', { path: path.value, n: Number(times.value) }));
        } catch (error) {
            out.replaceChildren(problem(error));
        }
        button.disabled = false;
    }

    terminal();
    return [
        h('p', { class: 'about' }, 'The same request, asked by the console alternately of the app itself and of the proxy. What'
            + ' does the app see, what does the client get, and what does the proxy cost?'),
        h('form', { class: 'grid', submit: run }, field('Path', path), field('Times each way', times),
            h('p', { class: 'buttons' }, button)),
        h('div', { class: 'copyable' }, command, copyButton(() => command.textContent)),
        out,
    ];
}

const ROWS = [
    ['median', (side) => side.p50Ms],
    ['90th percentile', (side) => side.p90Ms],
    ['99th percentile', (side) => side.p99Ms],
    ['longest', (side) => side.p100Ms],
    ['connect (median)', (side) => side.medianPhases.connectMs],
    ['wait (median)', (side) => side.medianPhases.waitMs],
    ['receive (median)', (side) => side.medianPhases.receiveMs],
];

function show(out, { direct, proxied, added, differences }) {
    const signed = (value) => (value >= 0 ? '+' : '−') + ms(Math.abs(value));
    const { box, show: draw } = distribution();
    const answers = (side) => Object.entries(side.results).map(([result, n]) => `${n} × ${result}`).join(', ');
    out.replaceChildren(
        h('p', { class: 'figures' },
            h('span', {}, h('b', { id: 'added-p50' }, signed(added.p50Ms)), ' the proxy adds to the median'),
            h('span', {}, h('b', {}, signed(added.p99Ms)), ' to the 99th percentile')),
        h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Times' }, h('table', { class: 'numbers' },
            h('thead', {}, h('tr', {}, h('td', {}), h('th', { scope: 'col' }, 'direct'), h('th', { scope: 'col' }, 'through the proxy'), h('th', { scope: 'col' }, 'difference'))),
            h('tbody', {},
                h('tr', {}, h('th', { scope: 'row' }, 'asked'), h('td', {}, direct.address), h('td', {}, proxied.address), h('td', {})),
                h('tr', {}, h('th', { scope: 'row' }, 'answers'), h('td', {}, answers(direct)), h('td', {}, answers(proxied)), h('td', {})),
                ROWS.map(([name, of]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, ms(of(direct))), h('td', {}, ms(of(proxied))),
                    h('td', {}, signed(of(proxied) - of(direct)))))))),
        h('h3', {}, 'How long they took'), box,
        h('div', { class: 'results' },
            h('article', { class: 'card' },
                list('What the app saw: direct', null, direct.seenByApp)),
            h('article', { class: 'card', id: 'seen-diff' },
                list('What the app saw: through the proxy', null, proxied.seenByApp, differences.seenByApp)),
            h('article', { class: 'card' },
                list('What the client got: direct', null, direct.gotByClient.received)),
            h('article', { class: 'card', id: 'got-diff' },
                list('What the client got: through the proxy', null, proxied.gotByClient.received, differences.gotByClient))),
        proxied.id ? h('p', {}, h('button', { type: 'button', class: 'small', click: () => pick(proxied.id) }, 'show the hops of one of them')) : '',
    );
    draw(direct.latenciesMs, proxied.latenciesMs);
}
