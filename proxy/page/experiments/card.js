// One experiment: what will be done, a question to answer first, the run, and what came of it, drawn.
import { copyButton, h, problem } from '../lib/dom.js';
import { Lab } from './lab.js';
import { check } from './needs.js';
import * as progress from './progress.js';
import { run } from './run.js';

/** What stands above a result that is none. */
const STATES = {
    cannot: 'Not run, because something that it needs is not there:',
    unmeasured: 'It could not be measured, because',
    stopped: 'Stopped; everything is back as it was.',
    failed: 'It went wrong; nothing was measured:',
};

/**
 * Makes the card.
 *
 * @param entry of the registry
 * @param experiment its module
 * @param changed is called when its mark has changed
 */
export function card(entry, experiment, changed) {
    const { id, title } = entry;
    const needs = h('ul', { class: 'needs' });
    const state = h('p', { class: 'state', role: 'status' });
    const hand = h('div', { class: 'by-hand', role: 'status', hidden: true });
    const out = h('div', { class: 'result' });
    const named = h('span', { class: 'unseen' }, `: ${title}`);
    const start = h('button', { type: 'button', class: 'primary', 'data-do': 'run', click: go }, 'Run', named);
    const stop = h('button', { type: 'button', 'data-do': 'stop', hidden: true, click: () => stopping.abort() }, 'Stop', named.cloneNode(true));
    const reset = h('button', { type: 'button', 'data-do': 'reset', hidden: true, click: begin }, 'Reset', named.cloneNode(true));
    const guesses = Object.entries(experiment.ask.answers).map(([key, text]) => h('label', {},
        h('input', { type: 'radio', name: `guess-${id}`, value: key }), h('span', {}, text)));
    const element = h('article', { class: 'experiment', id: `experiment-${id}`, 'data-state': 'ready', 'aria-labelledby': `title-${id}` },
        h('h2', { id: `title-${id}` }, title),
        experiment.about ? h('p', {}, experiment.about) : null,
        h('div', { class: 'before' },
            h('fieldset', { class: 'guess' }, h('legend', {}, h('span', {}, 'Predict: '), experiment.ask.question), guesses),
            h('div', { class: 'plan' }, h('h3', {}, 'What will be done'), h('ol', { class: 'steps' }, experiment.steps.map((step) => h('li', {}, step))), needs)),
        h('p', { class: 'buttons' }, start, stop, reset, state),
        hand, out);
    let stopping = new AbortController();

    /** A screen reader says it again whenever it is set. */
    function say(text) {
        if (state.textContent !== text) {
            state.textContent = text;
        }
    }

    /** Shows what a person is to do, with the command for it. */
    function showHand(step) {
        hand.hidden = !step;
        hand.replaceChildren(...(step ? [
            h('p', {}, h('b', {}, 'Now you: '), step.text),
            ...step.commands.map((command) => h('div', { class: 'copyable' }, h('pre', { tabindex: '0', 'aria-label': 'The command' }, command), copyButton(() => command))),
        ] : []));
    }

    /** As at first. */
    function begin() {
        stopping.abort();
        out.replaceChildren();
        state.textContent = '';
        element.querySelectorAll('.guess input').forEach((input) => { input.checked = false; input.disabled = false; });
        element.dataset.state = 'ready';
        start.firstChild.data = 'Run';
        reset.hidden = true;
        progress.forget(id);
        changed();
        element.querySelector('.guess input').focus({ preventScroll: true });
        look();
    }

    async function look() {
        try {
            showNeeds(await check(experiment.needs, new Lab(() => {}, new AbortController().signal)));
        } catch (error) {
            needs.replaceChildren(h('li', { class: 'not' }, error.message));
        }
    }

    function showNeeds(list) {
        needs.replaceChildren(...list.map(({ ok, text }) => h('li', { class: ok ? 'ok' : 'not' }, h('span', { class: 'unseen' }, ok ? 'there: ' : 'missing: '), text)));
    }

    async function go() {
        stopping = new AbortController();
        const mine = stopping;
        const guess = element.querySelector('.guess input:checked')?.value ?? null;
        busy(true);
        out.replaceChildren();
        element.dataset.state = 'running';
        state.textContent = 'Begins …';
        const outcome = await run(title, experiment, {
            waiting: (forWhat) => {
                element.dataset.state = 'waiting';
                say(`Waits for ${forWhat}.`);
            },
            running: (text) => {
                element.dataset.state = 'running';
                say(`Running: ${text} …`);
            },
            byHand: showHand,
        }, mine.signal);
        busy(false);
        if (outcome.needs) {
            showNeeds(outcome.needs);
        }
        element.dataset.state = outcome.state;
        element.dataset.answer = outcome.result?.answer ?? '';
        state.textContent = outcome.state === 'done' ? 'Done; everything is back as it was.' : STATES[outcome.state].replace(/:$|, because$/, '.');
        start.firstChild.data = 'Run again';
        reset.hidden = false;
        out.replaceChildren(...(outcome.state === 'done' ? result(outcome.result, guess) : noResult(outcome)),
            ...(outcome.problems ?? []).map((text) => problem(`Something could not be put back: ${text}`)));
    }

    function busy(is) {
        // disabled, a button would lose the keyboard's focus
        start.hidden = is;
        stop.hidden = !is;
        reset.hidden = is;
        element.querySelectorAll('.guess input').forEach((input) => { input.disabled = is; });
        (is ? stop : start).focus({ preventScroll: true });
    }

    function noResult({ state: how, why }) {
        const line = how === 'cannot' || how === 'unmeasured' || how === 'failed';
        return line ? [h('div', { class: `problem ${how}` }, h('p', {}, STATES[how]), h('ul', {}, why.map((each) => h('li', {}, each))))] : [];
    }

    function result({ answer, verdict, figures, why, production, conf, confTitle = 'The nginx.conf lines' }, guess) {
        const text = experiment.ask.answers[answer];
        const right = guess === answer;
        progress.set(id, guess === null ? 'done' : right ? 'right' : 'wrong');
        changed();
        return [
            h('div', { class: `verdict ${guess === null || right ? 'ok' : 'other'}` },
                h('p', {}, h('b', {}, guess === null ? 'Measured: ' : right ? 'As you predicted: ' : 'Not as you predicted: '), text ?? 'none of these'),
                verdict ? h('p', {}, verdict) : null),
            ...figures,
            h('div', { class: 'after' },
                h('div', {}, h('h3', {}, 'Why'), h('p', {}, why), production ? [h('h3', {}, 'In production'), h('p', {}, production)] : null),
                conf ? h('div', {}, h('h3', {}, confTitle), h('pre', { tabindex: '0', role: 'region', 'aria-label': `${confTitle} of: ${title}` }, conf)) : null),
        ];
    }

    look();
    return { element, look };
}
