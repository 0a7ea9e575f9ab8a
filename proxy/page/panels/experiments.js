// Experiments: a list by groups, and the chosen one. #experiments/ID names it.
import { $, h, problem } from '../lib/dom.js';
import { go, link } from '../lib/router.js';
import { card } from '../experiments/card.js';
import { mark } from '../experiments/progress.js';
import { EXPERIMENTS, find, GROUPS } from '../experiments/registry.js';

const MARKS = { right: ['✓', 'done, as predicted'], wrong: ['✗', 'done, not as predicted'], done: ['•', 'done'] };

/** Enough room for the list beside the experiment. */
const WIDE = matchMedia('(min-width: 62rem)');

export function panel() {
    const summary = h('summary', {});
    const index = h('details', { class: 'index', open: WIDE.matches }, summary, h('nav', { 'aria-label': 'All experiments' }, GROUPS.map(group)));
    const place = h('div', { class: 'chosen' });
    const cards = new Map();
    let shown = null;

    function group({ id, title, experiments }) {
        return Object.keys(experiments).length ? h('div', {}, h('h2', { id: `group-${id}` }, title),
            h('ul', { 'aria-labelledby': `group-${id}` }, Object.entries(experiments).map(([each, question]) => h('li', {},
                h('a', { href: `#experiments/${each}`, 'data-id': each }, h('span', { class: 'mark', 'aria-hidden': 'true' }), h('span', {}, question),
                    h('span', { class: 'unseen said-mark' })))))) : null;
    }

    function marks() {
        const done = EXPERIMENTS.filter(({ id }) => mark(id)).length;
        summary.textContent = `All ${EXPERIMENTS.length} experiments, ${done} done`;
        index.querySelectorAll('a').forEach((a) => {
            const [sign, text] = MARKS[mark(a.dataset.id)] ?? ['', ''];
            a.dataset.mark = mark(a.dataset.id) ?? '';
            $('.mark', a).textContent = sign;
            $('.said-mark', a).textContent = text ? ` (${text})` : '';
        });
    }

    async function show(id) {
        shown = id;
        place.querySelectorAll(':scope > .problem').forEach((each) => each.remove());
        index.querySelectorAll('a').forEach((a) => {
            a.href = link({ tab: 'experiments', args: [a.dataset.id], hop: null });
            a.toggleAttribute('aria-current', false);
            if (a.dataset.id === id) {
                a.setAttribute('aria-current', 'page');
            }
        });
        if (!WIDE.matches) {
            index.open = false;
        }
        if (cards.has(id)) {
            // it may still be on its way
            cards.get(id)?.look?.();
        } else {
            cards.set(id, null);
            const made = await make(id);
            cards.set(id, made);
            place.append(made.element);
        }
        cards.forEach((made, each) => made?.element.toggleAttribute('hidden', each !== shown));
        inSight($('[aria-current=page]', index));
    }

    /** Scrolls the list, and nothing but the list, to the chosen one. */
    function inSight(a) {
        const { top, bottom } = index.getBoundingClientRect();
        const at = a.getBoundingClientRect();
        if (at.top < top || at.bottom > bottom) {
            index.scrollTop += at.top - top - 40;
        }
    }

    async function make(id) {
        const entry = find(id);
        const at = EXPERIMENTS.indexOf(entry);
        const to = (other, text) => (other ? h('a', { href: `#experiments/${other.id}`, class: 'step' }, h('small', {}, text), other.title) : h('span', {}));
        const made = await entry.load().then((experiment) => card(entry, experiment, marks), (error) => ({ element: problem(error) }));
        return { ...made, element: h('div', {}, made.element, h('nav', { class: 'steps-to', 'aria-label': 'Other experiments' }, to(EXPERIMENTS[at - 1], '← before'), to(EXPERIMENTS[at + 1], 'next →'))) };
    }

    function opened({ args: [id] }) {
        if (find(id)) {
            return show(id);
        }
        if (id) {
            cards.forEach((made) => made?.element.toggleAttribute('hidden', true));
            place.prepend(problem(`There is no experiment "${id}"; choose one from the list.`));
            index.open = true;
            return null;
        }
        // where one was before or, the first time, the next one that has not been done
        const next = shown ?? (EXPERIMENTS.find((each) => !mark(each.id)) ?? EXPERIMENTS[0]).id;
        return go({ args: [next] }, { replace: true });
    }

    WIDE.addEventListener('change', () => { index.open = WIDE.matches; });
    marks();
    return { content: h('div', { class: 'laboratory' }, index, place), opened };
}
