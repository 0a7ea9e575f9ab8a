package hopyard.proxy.console.endpoint;

import java.util.Iterator;
import java.util.function.Function;

/** Iterators that make each thing when it is asked for. */
public final class Iterators {

    private Iterators() {}

    /** What is made of each thing of another iterator. */
    public static <T, R> Iterator<R> map(Iterator<T> things, Function<? super T, ? extends R> made) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return things.hasNext();
            }

            @Override
            public R next() {
                return made.apply(things.next());
            }
        };
    }

    /** The things of one, then those of the other. */
    public static <T> Iterator<T> concat(Iterator<? extends T> first, Iterator<? extends T> second) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return first.hasNext() || second.hasNext();
            }

            @Override
            public T next() {
                return first.hasNext() ? first.next() : second.next();
            }
        };
    }
}
