package hopyard.proxy.conf;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A directive that sets a component of a record of {@link Settings}. This is all that is said of it anywhere: the loader's
 * table, inheritance, the default and the documentation come from here.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@Repeatable(Setting.Several.class)
public @interface Setting {

    /** Its name; an asterisk stands for what {@link Settings#of(Class, String)} puts there. */
    String name();

    /**
     * The arguments that hold where no level has it, as one would write them; {@link #reader} reads them, too. Without any, the
     * component is {@code null} then, 0, {@code false} or an empty collection.
     */
    String byDefault() default "";

    /** What the documentation gives as default, where no value means the same to the code, or the code works one out. */
    String otherwise() default "";

    /** What it means, in one sentence; empty where a directive of the same name has it. */
    String means() default "";

    /** What there is of it here, {@link Meaning#IGNORED} for nothing; empty where it means what it means in nginx. */
    String note() default "";

    /** The page of nginx's documentation, where it is not that of its module. */
    String page() default "";

    /** Where it may stand. */
    Context[] in() default {Context.HTTP, Context.SERVER, Context.LOCATION};

    /** Reads its value; flags, numbers, words of an enum and texts are read by the type of the component. */
    Class<? extends ValueReader<?>> reader() default Readers.ByType.class;

    /** The smallest number of arguments. */
    int min() default 1;

    /** The largest number of arguments; {@link Command#ANY} for no limit. */
    int max() default 1;

    /** The smallest and the largest number that it takes; empty for any. */
    int[] between() default {};

    /** Whether it has a block, rather than arguments and a semicolon. */
    boolean block() default false;

    /** Several directives that set one component. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    @interface Several {
        Setting[] value();
    }
}
