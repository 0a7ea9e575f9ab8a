// Predict, run, see: a question with answers to choose from, one button, and what really came, which decides who was right.
import { h, problem, rest } from '../lib/dom.js';

/**
 * @param question what is asked before anything runs
 * @param answers texts to choose from
 * @param button what the run does
 * @param run does it; resolves to { answer: the index that the evidence decides for, or null if it decides nothing; evidence: nodes }
 */
export function predict({ question, answers, button, run }) {
    const name = `predict-${Math.random().toString(36).slice(2)}`;
    const out = h('div', { class: 'evidence', 'aria-live': 'polite' });
    const inputs = answers.map((text, i) => h('label', { class: 'choice' }, h('input', { type: 'radio', name, value: i, change: () => { go.disabled = false; } }), h('span', {}, text)));
    const go = h('button', { type: 'submit', class: 'primary', disabled: true }, button);
    const chosen = () => Number(form.querySelector('input:checked')?.value);

    async function submit(event) {
        event.preventDefault();
        rest(go, true);
        out.replaceChildren(h('p', { class: 'about' }, 'running …'));
        try {
            const { answer, evidence } = await run();
            const guess = chosen();
            inputs.forEach((label, i) => {
                label.classList.toggle('right', i === answer);
                label.classList.toggle('wrong', i === guess && answer !== null && guess !== answer);
            });
            out.replaceChildren(
                answer === null ? h('p', { class: 'warning' }, 'This run could not decide it; see below.')
                    : guess === answer ? h('p', { class: 'good' }, 'As you predicted.')
                        : h('p', { class: 'good surprise' }, `It was: ${answers[answer]}`),
                ...[evidence].flat(Infinity).filter(Boolean));
        } catch (error) {
            out.replaceChildren(problem(error));
        }
        rest(go, false);
    }

    const form = h('form', { class: 'predict', submit },
        h('fieldset', {}, h('legend', {}, question), inputs),
        h('p', { class: 'buttons' }, go), out);
    return form;
}
