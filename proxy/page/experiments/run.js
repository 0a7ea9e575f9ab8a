// Runs one experiment: waits for its turn, looks whether what it needs is there, has it measure, looks again, and puts everything back.
import { alone } from './lock.js';
import { Lab } from './lab.js';
import { Lock } from './locked.js';
import { check } from './needs.js';
import { Unmeasured } from './unmeasured.js';

/**
 * @param title names it to others who wait
 * @param on what to tell on the way: { waiting(who), running(text), byHand(what to do, or null) }
 * @return { state, result | why, needs, problems }: state is done, unmeasured, cannot, stopped or failed
 */
export function run(title, experiment, on, signal) {
    return alone(title, on.waiting, signal, async () => {
        on.running('looking whether all is there that it needs');
        const lock = await Lock.take(title, on.waiting, signal);
        const lab = new Lab(on.running, signal, lock, on.byHand);
        let problems = [];
        const outcome = await lock.during(async () => {
            try {
                await lab.begin();
                return await measured(experiment, lab);
            } finally {
                problems = await lab.end();
            }
        }).catch((error) => outcomeOf(error, signal));
        return problems.length ? { ...outcome, problems } : outcome;
    }).catch((error) => outcomeOf(error, signal));
}

async function measured(experiment, lab) {
    const needs = await check(experiment.needs, lab);
    const missing = needs.filter((need) => !need.ok);
    if (missing.length) {
        return { state: 'cannot', needs, why: missing.map((need) => need.text) };
    }
    const result = await experiment.run(lab);
    // an app that went away in the middle has answered nothing that counts
    const after = await check(experiment.needs, lab);
    const gone = after.filter((need) => !need.ok);
    if (gone.length) {
        return { state: 'unmeasured', needs: after, why: [`while it ran, this came to be: ${gone.map((need) => need.text).join('; ')}`] };
    }
    return { state: 'done', needs, result };
}

function outcomeOf(error, signal) {
    if (signal.aborted) {
        return { state: 'stopped', why: [] };
    }
    return { state: error instanceof Unmeasured ? 'unmeasured' : 'failed', why: [error.message] };
}
