/**
 * The linter: what is wrong or risky in a configuration that loads, with a way to mend it and to see it. Stands above
 * {@code conf} and {@code modules}, whose levels and merging it looks at, and below {@code console}, which shows what
 * it finds; it serves nothing and touches nothing.
 *
 * <p>A check is one class in {@code checks}: its name, its reason, what it looks for, the edits and the proof.
 * {@code Checks} lists them; {@code src/test/resources/lint.cases} has its cases.
 */
package hopyard.proxy.lint;
