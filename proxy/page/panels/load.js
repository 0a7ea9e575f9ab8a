// Load: a bounded run from the console, and the chart of all traffic, which a curl loop moves as well.
import { call, hear } from '../lib/api.js';
import { loadCharts, trafficChart } from '../lib/chart.js';
import { copyButton, count, field, h, ms, problem, rest } from '../lib/dom.js';

export function panel() {
    const path = h('input', { value: '/whoami', required: true, pattern: '/.*', spellcheck: 'false', input: terminal });
    const via = h('select', { change: terminal }, h('option', { value: 'both' }, 'both, in turns'), h('option', { value: 'proxied' }, 'through the proxy'),
        h('option', { value: 'direct' }, 'direct'));
    const amount = h('input', { type: 'number', value: 1000, min: 1, max: 100000, required: true, input: terminal });
    const unit = h('select', { 'aria-label': 'Unit of the amount', change: terminal }, h('option', { value: 'total' }, 'requests'), h('option', { value: 'seconds' }, 'seconds (60 at most)'));
    const concurrency = h('input', { type: 'number', value: 10, min: 1, max: 64, required: true, input: terminal });
    const rate = h('input', { type: 'number', value: 0, min: 0, max: 20000, required: true, input: terminal });
    const start = h('button', { class: 'primary' }, 'Start');
    const stop = h('button', { type: 'button', 'aria-disabled': 'true', click: () => call('DELETE', 'load').then(show, fail) }, 'Stop');
    const progress = h('progress', { max: 1, value: 0, 'aria-label': 'How far the run is' });
    const said = h('p', { id: 'load-status' }, 'No run yet.');
    const table = h('div', {});
    const command = h('pre', { tabindex: '0', 'aria-label': 'The same by curl' });
    const charts = loadCharts();
    let newest = { run: -1, state: -1 };

    function terminal() {
        const n = unit.value === 'total' ? amount.value : 1000;
        const join = path.value.includes('?') ? '&' : '?';
        command.textContent = `time curl --parallel --parallel-max ${concurrency.value} -s -o /dev/null '${location.origin}${path.value}${join}[1-${n}]'`;
    }

    function fail(error) {
        said.replaceChildren(problem(error));
    }

    function show(state) {
        // an answer may arrive after the event that says that the run has ended
        if (state.run < newest.run || state.run === newest.run && state.state < newest.state) {
            return;
        }
        newest = state;
        rest(start, state.running);
        rest(stop, !state.running);
        if (!state.lanes) {
            return;
        }
        progress.value = state.running ? (state.total ? state.done / state.total : state.elapsedMs / (1000 * state.seconds)) : 1;
        const words = { complete: 'Complete', time: 'Ended, since its time was over,', stopped: 'Stopped' };
        said.textContent = `${state.running ? 'Running for' : words[state.ended] ?? 'Ended after'} ${state.running ? '' : 'after '}${(state.elapsedMs / 1000).toFixed(1)} s: ${state.path}, ${state.concurrency} at a time`
            + `${state.rate ? `, ${count(state.rate)} due each second; times count from when a request was due` : ', as fast as it goes; times count from when a request was sent'}`
            + `${state.turns ? '. Both ways take turns with all threads, so each rate is its own' : ''}.`;
        const due = Boolean(state.rate);
        const columns = ['', 'answers', 'per second', 'median', '90th', '99th', '99.9th', 'longest', ...(due ? ['late', 'never sent'] : []), 'answers and errors'];
        table.replaceChildren(h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Figures of the run' }, h('table', { class: 'numbers' },
            h('thead', {}, h('tr', {}, columns.map((text) => h(text ? 'th' : 'td', text ? { scope: 'col' } : {}, text)))),
            h('tbody', {}, Object.entries(state.lanes).map(([way, lane]) => h('tr', {},
                h('th', { scope: 'row' }, `${way} ${lane.address}`), h('td', {}, count(lane.count)), h('td', {}, lane.perSecond === null ? '–' : count(Math.round(lane.perSecond))),
                ['p50Ms', 'p90Ms', 'p99Ms', 'p99.9Ms', 'maxMs'].map((name) => h('td', {}, ms(lane[name]))),
                due ? [h('td', {}, count(lane.late ?? 0)), h('td', {}, count(lane.dropped ?? 0))] : null,
                h('td', {}, Object.entries(lane.results).map(([result, n]) => `${count(n)} × ${result}`).join(', '))))))));
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
        h('p', { class: 'about' }, 'Many requests from the console itself, with bounds that keep your machine usable. With a rate, a request counts from when it was due, even if it could be sent only later: a slow answer '
            + 'must not hide the wait that it causes (coordinated omission).'),
        h('form', { class: 'grid six', submit: run },
            field('Path', path), field('Way', via), field('How many', amount), field('of', unit),
            field('At a time', concurrency, '1 to 64'), field('Due each second', rate, '0: as fast as it goes'),
            h('p', { class: 'buttons' }, start, stop, progress)),
        said, table,
        h('div', { class: 'results' },
            h('div', {}, h('h3', {}, 'This run: requests per second'), charts.rate),
            h('div', {}, h('h3', {}, 'This run: latency'), charts.latency)),
        h('h3', {}, 'Everything that passes the proxy'),
        h('p', { class: 'about' }, 'Also what a loop in a terminal sends:'),
        h('div', { class: 'copyable' }, command, copyButton(() => command.textContent)),
        trafficChart(),
    ];
}
