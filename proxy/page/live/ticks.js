// Where the marks of a time axis stand, and what they say.

/** What is the least to be shown, in ms. */
export const SHORTEST = 0.01;

/** From one mark to the next, in ms: round numbers of a clock. */
const STEPS = [
    ...[0.001, 0.01, 0.1, 1, 10, 100].flatMap((unit) => [unit, 2 * unit, 5 * unit]), 1000, 2000, 5000, 10_000, 15_000, 30_000,
    ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => 60_000 * minutes),
];

/** How wide a character of a mark is, and the gap behind it, in px. */
const CHARACTER = 6.6;
const GAP = 18;

/** How many decimals of a second tell steps of so many seconds apart. */
export const decimals = (step) => (step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));

/** How wide what a mark says is, in px. */
export const widthOf = (text, scale) => CHARACTER * scale * text.length + GAP / 2;

/**
 * The shortest step whose marks do not run into each other.
 *
 * @param scale how large letters are, 1 for the usual
 */
export function nice(span, width, scale) {
    const room = (step) => CHARACTER * scale * (8 + decimals(step / 1000)) + GAP;
    return STEPS.find((step) => width * step / span >= room(step)) ?? STEPS.at(-1) * Math.ceil(span / STEPS.at(-1));
}

const offset = (time) => 60_000 * new Date(time).getTimezoneOffset();

/** Times of day, as the clock on the wall has them. */
export const clock = {
    firstTick(from, step) {
        const shift = offset(from);
        return Math.ceil((from - shift) / step) * step + shift;
    },
    text(time, digits) {
        // a tick may be a hair beside its round number
        const micros = Math.round(time * 1000);
        const whole = new Date(Math.floor(micros / 1e6) * 1000).toLocaleTimeString('en-GB');
        return digits ? `${whole}.${String(micros - Math.floor(micros / 1e6) * 1e6).padStart(6, '0').slice(0, digits)}` : whole;
    },
};
