// uPlot, loaded when the first chart is drawn.
import { script, sheet } from './script.js';

await Promise.all([script('lib/uPlot.min.js'), sheet('lib/uPlot.min.css')]);

export const { uPlot } = window;
