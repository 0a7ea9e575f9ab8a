// Compare: one path, as often direct as through the proxy, side by side. What is not comparable is not compared.
import { BASE, call, hear, tell } from '../lib/api.js';
import { distribution } from '../lib/chart.js';
import { copyButton, count, field, h, ms, problem, rest } from '../lib/dom.js';
import { list } from '../path/headers.js';
import { pick } from '../path/path.js';

export function panel() {
    const path = h('input', { value: '/whoami', required: true, pattern: '/.*', title: 'It begins with a slash', spellcheck: 'false', input: terminal });
    const times = h('input', { type: 'number', value: 50, min: 1, max: 1000, required: true, input: terminal });
    const seconds = h('input', { type: 'number', value: 20, min: 1, max: 60, required: true, input: terminal });
    const button = h('button', { class: 'primary' }, 'Compare');
    const cancel = h('button', { type: 'button', 'aria-disabled': 'true', click: () => call('DELETE', 'compare').catch(() => { /* it has ended by itself */ }) }, 'Stop');
    const bar = h('progress', { max: 1, value: 0, 'aria-label': 'How far it is' });
    const said = h('p', { class: 'about', id: 'compare-said' });
    const command = h('pre', { tabindex: '0', 'aria-label': 'The same by curl' });
    const out = h('div', { 'aria-live': 'polite', id: 'compare-out' });

    function terminal() {
        command.textContent = `curl -s '${new URL('compare', BASE)}?path=${encodeURIComponent(path.value).replaceAll('%2F', '/')}&n=${times.value}&seconds=${seconds.value}'`;
    }

    function progress({ running, asked, direct, proxied, elapsedMs }) {
        if (running) {
            bar.value = (direct.times + proxied.times) / (2 * asked);
            said.textContent = direct.times + proxied.times === 0 ? 'warming up …' : `${direct.times} direct, ${proxied.times} proxied, of ${asked} each; ${(elapsedMs / 1000).toFixed(1)} s`;
        }
    }

    async function run(event) {
        event.preventDefault();
        rest(button, true);
        rest(cancel, false);
        said.textContent = 'asking, alternating between both ways …';
        try {
            const result = await call('POST', 'compare', { path: path.value, n: Number(times.value), seconds: Number(seconds.value) });
            bar.value = 1;
            said.textContent = '';
            show(out, result);
            tell('compared', result);
        } catch (error) {
            said.textContent = '';
            out.replaceChildren(problem(error));
        }
        rest(button, false);
        rest(cancel, true);
    }

    hear('compare', progress);
    terminal();
    return [
        h('p', { class: 'about' }, 'The same request, asked by the console in turns of the app itself and of the proxy. What does the app see, what does the client get, and what does the second hop cost?'),
        h('form', { class: 'grid', submit: run }, field('Path', path), field('Times each way', times), field('Seconds at most', seconds),
            h('p', { class: 'buttons' }, button, cancel, bar)),
        said, out,
        h('div', { class: 'copyable' }, command, copyButton(() => command.textContent)),
    ];
}

const ROWS = [
    ['median', (side) => side.p50Ms],
    ['90th percentile', (side) => side.p90Ms],
    ['99th percentile', (side) => side.p99Ms],
    ['longest', (side) => side.longestMs],
    ['connect (median)', (side) => side.medianPhases?.connectMs],
    ['send (median)', (side) => side.medianPhases?.sendMs],
    ['wait (median)', (side) => side.medianPhases?.waitMs],
    ['receive (median)', (side) => side.medianPhases?.receiveMs],
];

const isKnown = (value) => value !== null && value !== undefined;

function signed(value) {
    return isKnown(value) ? (value >= 0 ? '+' : '−') + ms(Math.abs(value)) : '–';
}

function show(out, { direct, proxied, comparable, says, notComparable, notes, added, differences }) {
    const { box, show: draw } = distribution();
    const answers = (side) => Object.entries(side.results).map(([result, n]) => `${count(n)} × ${result}`).join(', ') || 'none';
    const cell = (value) => h('td', {}, isKnown(value) ? ms(value) : h('span', { class: 'absent', title: 'not enough answers to say' }, '–'));
    const fields = (title, list1, changes, id) => (list1 ? h('article', { class: 'card', id }, list(title, null, list1, changes ?? undefined)) : h('article', { class: 'card', id }, h('h3', {}, title), h('p', {}, 'The app was not asked.')));
    out.replaceChildren(
        h('p', { class: comparable ? 'good' : 'warning', id: 'compare-says' }, comparable ? says : 'not comparable, so no difference is given:'),
        comparable ? '' : h('ul', {}, notComparable.map((reason) => h('li', {}, reason))),
        ...[...(comparable ? notComparable : []), ...notes].map((note) => h('p', { class: 'about' }, note)),
        added ? h('p', { class: 'figures' },
            h('span', {}, h('b', { id: 'added-p50' }, signed(added.p50Ms)), ' through the proxy, in the median'),
            isKnown(added.p99Ms) ? h('span', {}, h('b', {}, signed(added.p99Ms)), ' in the 99th percentile') : null) : '',
        h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Times' }, h('table', { class: 'numbers' },
            h('thead', {}, h('tr', {}, h('td', {}), h('th', { scope: 'col' }, 'direct'), h('th', { scope: 'col' }, 'through the proxy'), comparable ? h('th', { scope: 'col' }, 'difference') : null)),
            h('tbody', {},
                h('tr', {}, h('th', { scope: 'row' }, 'asked'), h('td', {}, direct.address), h('td', {}, proxied.address), comparable ? h('td', {}) : null),
                h('tr', {}, h('th', { scope: 'row' }, 'answers'), h('td', {}, answers(direct)), h('td', {}, answers(proxied)), comparable ? h('td', {}) : null),
                ROWS.map(([name, of]) => h('tr', {}, h('th', { scope: 'row' }, name), cell(of(direct)), cell(of(proxied)),
                    comparable ? h('td', {}, isKnown(of(direct)) && isKnown(of(proxied)) ? signed(of(proxied) - of(direct)) : '–') : null))))),
        comparable && direct.latenciesMs.length > 1 ? h('div', {}, h('h3', {}, 'How long they took'), box) : '',
        h('div', { class: 'results' },
            fields('What the app saw: direct', direct.seenByApp, null, 'seen-direct'),
            fields('What the app saw: through the proxy', proxied.seenByApp, differences.seenByApp, 'seen-diff'),
            fields('What the client got: direct', direct.gotByClient?.received, null, 'got-direct'),
            fields('What the client got: through the proxy', proxied.gotByClient?.received, differences.gotByClient, 'got-diff')),
        proxied.id ? h('p', {}, h('button', { type: 'button', class: 'small', click: () => pick(proxied.id) }, 'show the path of one of them')) : '',
    );
    if (comparable) {
        draw(direct.latenciesMs, proxied.latenciesMs);
    }
}
