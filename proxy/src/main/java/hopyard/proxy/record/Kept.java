package hopyard.proxy.record;

/** A record that can be read as long as nothing is written over it. */
interface Kept {

    long id();

    /** The record; {@code null} if something has been written over it. */
    ExchangeRecord read();
}
