// Live: every exchange that passes the proxy, filtered, on one time axis; and what can be done with the selected one.
import { BASE, call, hear, tell } from '../lib/api.js';
import { copyButton, count, h, ms, problem } from '../lib/dom.js';
import { go, route } from '../lib/router.js';
import * as store from '../lib/store.js';
import { asRequest, FORMS } from '../live/copy.js';
import { diff } from '../live/diff.js';
import { keys, parse } from '../live/filter.js';
import { read } from '../live/har.js';
import { peers } from '../live/peers.js';
import { exchangeTable } from '../live/table.js';
import { underWay } from '../live/underway.js';
import { pick, selected } from '../path/path.js';

export function panel() {
    const table = exchangeTable({ pick, open: ({ id }) => go({ open: id }), scaled: () => { scaled.textContent = table.axis.words(); } });
    const open = underWay({ ended: (id) => go({ x: id, hop: 'content', open: null }), close: () => go({ open: null }) });
    let matching = parse('');
    let withHeader = null;
    let skipped = 0;

    const filter = h('input', {
        type: 'search', id: 'live-filter', spellcheck: 'false', placeholder: 'status:5xx ms>100', 'aria-describedby': 'live-filter-said', input: () => filtered(),
    });
    const said = h('p', { id: 'live-filter-said', class: 'about' });
    const hideOwn = h('input', { type: 'checkbox', checked: true, change: redraw });
    const pause = h('button', { type: 'button', class: 'small', 'aria-pressed': 'false', click: () => setPause(pause.getAttribute('aria-pressed') !== 'true') }, 'pause');
    const counted = h('span', { id: 'live-count' });
    const scaled = h('span', { class: 'about', id: 'live-span' });
    const aligned = h('input', { type: 'checkbox', checked: route().params.get('axis') === 'start', change: () => { go({ axis: aligned.checked ? 'start' : null }, { replace: true }); table.align(aligned.checked); } });
    const out = h('div', { id: 'live-result', 'aria-live': 'polite' });
    const about = h('strong', {}, 'Exchange');
    const actions = h('div', { class: 'tools waiting', id: 'live-actions' });
    const traffic = h('details', { class: 'traffic', toggle: showTraffic }, h('summary', {}, 'Requests per second and their times, of the last two minutes'));
    const file = h('input', { type: 'file', accept: '.har,application/json', class: 'unseen', tabindex: '-1', 'aria-label': 'A HAR file', change: readFile });

    const isSeen = () => !table.element.closest('[hidden]');
    const proxies = peers({ isSeen: () => isSeen() && !document.hidden, changed: () => { table.ofMany(proxies.areListed()); redraw(); } });

    const matches = (x) => (!hideOwn.checked || !store.isOwnFile(x)) && proxies.matches(x) && matching.test(x) && (!withHeader || withHeader(x));

    function redraw() {
        const list = store.exchanges().filter(matches);
        table.show(list);
        tellCount(list.length);
    }

    function tellCount(number) {
        counted.textContent = `${count(number)} of ${count(store.exchanges().length)}${skipped ? `; ${count(skipped)} more came too fast to list` : ''}`;
    }

    let asked = 0;
    /** Reads the filter; what stands in header fields only the console can look for. */
    async function filtered() {
        go({ filter: filter.value }, { replace: true });
        try {
            matching = parse(filter.value);
            filter.removeAttribute('aria-invalid');
            said.textContent = filter.value ? matching.hint : `Words, or ${keys.map((key) => `${key}:`).join(' ')} with > < = for numbers; a minus before a term turns it round.`;
        } catch (error) {
            filter.setAttribute('aria-invalid', 'true');
            said.textContent = error.message;
            return;
        }
        await lookUp();
        redraw();
    }

    async function lookUp() {
        const turn = ++asked;
        if (!matching.headers.length) {
            withHeader = null;
            return;
        }
        const sets = await Promise.all(matching.headers.map(async ({ text, not }) => {
            const { exchanges } = await call('GET', `exchanges?limit=1000&header=${encodeURIComponent(text)}`);
            const others = proxies.areListed() ? (await call('GET', `peers?limit=200&header=${encodeURIComponent(text)}`)).exchanges : [];
            return [not, new Set([...exchanges.map(({ id }) => id), ...others.map(({ peer, id }) => `${peer}/${id}`)])];
        }));
        if (turn === asked) {
            withHeader = (x) => sets.every(([not, ids]) => ids.has(x.id) !== not);
        }
    }

    const axisButton = (text, name, does) => h('button', { type: 'button', class: 'small', 'aria-label': name, title: name, click: does }, text);

    function setPause(on) {
        pause.setAttribute('aria-pressed', String(on));
        pause.textContent = on ? 'go on' : 'pause';
        table.pause(on);
    }

    async function readFile() {
        try {
            store.take(read(await file.files[0].text()));
            out.replaceChildren();
        } catch (error) {
            out.replaceChildren(problem(error));
        }
        file.value = '';
    }

    /** The chart and its library come when somebody wants to see them, and what is folded away is not drawn. */
    let chart = null;
    async function showTraffic() {
        try {
            chart ??= import('../lib/chart.js').then(({ trafficChart }) => trafficChart());
            const box = await chart;
            traffic.open ? traffic.append(box) : box.remove();
        } catch (error) {
            chart = null;
            traffic.append(problem(error));
        }
    }

    // ---- what can be done with the selected exchange

    function act(text, work) {
        return h('button', {
            type: 'button', class: 'small',
            click: async () => {
                try {
                    out.replaceChildren(...[await work(selected())].flat().filter(Boolean));
                } catch (error) {
                    out.replaceChildren(problem(error));
                }
            },
        }, text);
    }

    async function replay(exchange) {
        const request = asRequest(exchange);
        if (!request.hasAll) {
            return h('p', { class: 'warning' }, `Not sent: ${request.notes.join('; ')}. “Edit and send” lets you write the content.`);
        }
        const { results: [result] } = await call('POST', 'send', { ...request, via: 'proxied' });
        return h('p', { class: result.error ? 'problem' : 'good' },
            result.error ? `Failed: ${result.error}` : `Sent again: ${result.status} in ${ms(result.phases.totalMs)}. `,
            request.notes.length ? ` Of the original, ${request.notes.join('; ')}. ` : '',
            result.id ? h('button', { type: 'button', class: 'small', click: () => pick(result.id) }, 'show it on the path') : null);
    }

    function copy(exchange) {
        const request = asRequest(exchange);
        return [
            request.notes.length ? h('p', { class: 'warning' }, `Of the original, ${request.notes.join('; ')}.`) : null,
            Object.entries(FORMS).map(([name, form]) => {
                const text = form(request);
                return [h('h3', {}, name), h('div', { class: 'copyable' }, h('pre', { tabindex: '0', 'aria-label': name }, text), copyButton(() => text))];
            }),
        ].flat(Infinity);
    }

    function choose(exchange) {
        go({ with: exchange.id });
        return h('p', { class: 'about' }, 'Now select another exchange: it is shown beside this one.');
    }

    actions.append(about,
        act('content', () => { go({ hop: 'content' }); }),
        Object.assign(act('replay', replay), { id: 'live-replay' }),
        act('edit and send', (exchange) => { tell('ask', { tab: 'send', name: 'edit', detail: { ...asRequest(exchange), via: 'proxied' } }); }),
        act('copy as …', copy),
        act('compare with …', choose),
        h('a', { class: 'small button', id: 'live-har-one', download: 'exchange.har' }, 'save as HAR'));

    async function showDiff({ x, params }) {
        const other = params.get('with');
        if (!other) {
            out.querySelector('#live-diff')?.remove();
            return;
        }
        if (x && other !== x) {
            try {
                out.replaceChildren(
                    h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'small', click: () => { out.replaceChildren(); go({ with: null }); } }, 'end the comparison')),
                    diff(await store.full(other), await store.full(x)));
            } catch (error) {
                out.replaceChildren(problem(error));
            }
        }
    }

    /** What has come and is not in the list yet; while another of the page's tabs is open, nobody sees it, and it is not drawn. */
    let news = [];
    let isOther = false;
    let waiting = [];

    async function catchUp() {
        const [fresh, all] = [news, isOther];
        [news, isOther] = [[], false];
        if (matching.headers.length && (fresh.length || all)) {
            await lookUp();
        }
        // where somebody holds the list still, what is new is counted, wherever it belongs
        if (all && !(fresh.length && table.isHeld())) {
            redraw();
        } else {
            const list = store.exchanges().filter(matches);
            table.add(list, fresh.filter(matches));
            tellCount(list.length);
        }
    }

    hear('known', ({ fresh, skipped: more, all }) => {
        news = [...news, ...fresh].slice(-store.MAX_KNOWN);
        isOther ||= all;
        skipped = Math.max(0, skipped + more);
        if (isSeen()) {
            catchUp();
        }
    });
    hear('pending', ({ pending }) => {
        waiting = pending;
        if (isSeen()) {
            table.pending(waiting);
        }
    });
    // that a request is under way no more was not told while there was no stream, or nobody looked
    hear('stream', ({ state }) => state === 'live' || table.pending(waiting = []));
    hear('seen', () => table.pending(waiting = []));
    hear('selected', (exchange) => {
        table.select(exchange.id);
        actions.classList.remove('waiting');
        about.textContent = `Exchange ${exchange.number ?? exchange.id}${exchange.peer ? ` of ${exchange.proxy}` : ''}: `;
        actions.querySelector('#live-har-one').href = new URL(`exchanges/${exchange.id}.har`, BASE);
        actions.querySelector('#live-har-one').hidden = Boolean(exchange.imported || exchange.peer);
    });
    hear('key', ({ key }) => {
        const by = { j: 1, k: -1 }[key];
        if (by) {
            const id = table.step(by);
            id && pick(id);
        } else if (key === '/') {
            filter.focus();
        } else if (key === 'p') {
            setPause(pause.getAttribute('aria-pressed') !== 'true');
        } else if (key === 'r') {
            actions.querySelector('#live-replay').click();
        }
    });
    if (selected()) {
        queueMicrotask(() => tell('selected', selected()));
    }

    filter.value = route().params.get('filter') ?? '';
    filtered();
    aligned.checked && table.align(true);
    return {
        opened(at) {
            table.pending(waiting);
            catchUp();
            proxies.opened();
            showDiff(at);
            open.show(at.params.get('open'));
        },
        closed() {
            open.show(null);
        },
        content: [
            traffic,
            h('div', { class: 'tools' },
                h('label', {}, 'Filter ', filter), proxies.element, pause, table.marks,
                h('button', { type: 'button', class: 'small', click: () => { store.clear(); } }, 'clear'),
                h('label', { class: 'check' }, hideOwn, ' hide this page’s own files'),
                counted,
                h('span', { class: 'buttons' },
                    h('a', { class: 'small button', href: new URL('exchanges.har?limit=1000', BASE), download: 'hopyard.har' }, 'save all as HAR'),
                    h('button', { type: 'button', class: 'small', click: () => file.click() }, 'open a HAR'), file)),
            said,
            h('div', { class: 'tools', id: 'live-tools' }, actions,
                h('div', { class: 'tools', id: 'live-axis' },
                    h('span', { class: 'buttons', role: 'group', 'aria-label': 'Time axis' },
                        axisButton('◀', 'Earlier', table.axis.left), axisButton('▶', 'Later', table.axis.right), axisButton('+', 'Zoom in', table.axis.zoomIn), axisButton('−', 'Zoom out', table.axis.zoomOut),
                        h('button', { type: 'button', class: 'small', click: table.axis.fit }, 'fit')),
                    h('label', { class: 'check' }, aligned, ' each from its own start'), scaled)),
            out, open.element,
            table.overview,
            table.element,
            h('p', {}, table.more),
        ],
    };
}
