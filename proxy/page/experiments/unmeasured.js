/** Thrown where the evidence allows no answer; its message goes on after "could not be measured, because". */
export class Unmeasured extends Error {}
