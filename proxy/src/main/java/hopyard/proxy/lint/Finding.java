package hopyard.proxy.lint;

import hopyard.proxy.conf.Directive;

/**
 * Something that a check has found.
 *
 * @param at the directive that it is about
 * @param message what is wrong, in one sentence
 * @param fix {@code null} if there is none that a program could apply
 * @param proof {@code null} if no request shows it
 */
public record Finding(Rule rule, Directive at, String message, Fix fix, Proof proof) {}
