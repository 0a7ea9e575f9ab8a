// Load: a bounded run from the console, and the chart of all traffic, which a curl loop moves as well.
import { call, hear } from '../lib/api.js';
import { loadCharts, trafficChart } from '../lib/chart.js';
import { copyButton, count, field, h, ms, problem } from '../lib/dom.js';

export function panel() {
    const path = h('input', { value: '/whoami', required: true, pattern: '/.*', spellcheck: 'false', input: terminal });
    const via = h('select', { change: terminal }, h('option', { value: 'both' }, 'both ways, alternating'), h('option', { value: 'proxied' }, 'through the proxy'),
        h('option', { value: 'direct' }, 'direct'));
    const amount = h('input', { type: 'number', value: 1000, min: 1, max: 100000, required: true, input: terminal });
    const unit = h('select', { 'aria-label': 'Unit of the amount', change: terminal }, h('option', { value: 'total' }, 'requests'), h('option', { value: 'seconds' }, 'seconds (60 at most)'));
    const concurrency = h('input', { type: 'number', value: 10, min: 1, max: 64, required: true, input: terminal });
    const rate = h('input', { type: 'number', value: 0, min: 0, max: 20000, required: true, input: terminal });
    const start = h('button', { class: 'primary' }, 'Start');
    const stop = h('button', { type: 'button', disabled: true, click: () => call('DELETE', 'load').then(show, fail) }, 'Stop');
    const progress = h('progress', { max: 1, value: 0, 'aria-label': 'How far the run is' });
    const said = h('p', { role: 'status', id: 'load-status' }, 'No run yet.');
    const table = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Figures of the run' });
    const command = h('pre', { tabindex: '0' });
    const charts = loadCharts();

    function terminal() {
        const n = unit.value === 'total' ? amount.value : 1000;
        const join = path.value.includes('?') ? '&' : '?';
        command.textContent = `time curl --parallel --parallel-max ${concurrency.value} -s -o /dev/null '${location.origin}${path.value}${join}[1-${n}]'`;
    }

    function fail(error) {
        said.replaceChildren(problem(error));
    }

    function show(state) {
        const running = state.running;
        start.disabled = running;
        stop.disabled = !running;
        progress.value = state.done ?? 0;
        if (!state.lanes) {
            return;
        }
        said.textContent = `${running ? 'Running' : state.stopped ? 'Stopped' : 'Ended'} after ${(state.elapsedMs / 1000).toFixed(1)} s: `
            + `${state.path}, ${state.concurrency} at a time${state.rate ? `, ${count(state.rate)} due each second` : ', as fast as it goes'}.`;
        table.replaceChildren(h('table', { class: 'numbers' },
            h('thead', {}, h('tr', {}, ['', 'requests', 'per second', 'median', '90th', '99th', '99.9th', 'longest', 'answers and errors']
                .map((text) => h(text ? 'th' : 'td', text ? { scope: 'col' } : {}, text)))),
            h('tbody', {}, Object.entries(state.lanes).map(([way, lane]) => h('tr', {},
                h('th', { scope: 'row' }, `${way} ${lane.address}`), h('td', {}, count(lane.count)), h('td', {}, count(Math.round(lane.perSecond))),
                ['p50Ms', 'p90Ms', 'p99Ms', 'p99.9Ms', 'maxMs'].map((name) => h('td', {}, ms(lane[name]))),
                h('td', {}, Object.entries(lane.results).map(([result, n]) => `${count(n)} × ${result}`).join(', ')))))));
        charts.show(state);
    }

    async function run(event) {
        event.preventDefault();
        try {
            show(await call('POST', 'load', {
                path: path.value, via: via.value, concurrency: Number(concurrency.value), rate: Number(rate.value), [unit.value]: Number(amount.value),
            }));
        } catch (error) {
            fail(error);
        }
    }

    hear('load', show);
    call('GET', 'load').then(show, fail);
    terminal();
    return [
        h('p', { class: 'about' }, 'Many requests from the console itself, with bounds that keep your machine usable. With a rate, a'
            + ' request counts from when it was due, even if it could be sent only later: a slow answer must not hide the wait that it causes'
            + ' (coordinated omission).'),
        h('form', { class: 'grid', submit: run },
            field('Path', path), field('Way', via), field('How many', amount), field('of', unit),
            field('At a time', concurrency, '1 to 64'), field('Due each second', rate, '0: as fast as it goes'),
            h('p', { class: 'buttons' }, start, stop, progress)),
        said, table,
        h('h3', {}, 'This run: requests per second'), charts.rate,
        h('h3', {}, 'This run: latency'), charts.latency,
        h('h3', {}, 'Everything that passes the proxy'),
        h('p', { class: 'about' }, 'Also what a loop in a terminal sends:'),
        h('div', { class: 'copyable' }, command, copyButton(() => command.textContent)),
        trafficChart(),
    ];
}
