package hopyard.proxy.record;

/** A record that can be read until something is written over it. */
interface KeptRecord {

    long id();

    /** Returns the record; {@code null} if something has been written over it. */
    ExchangeRecord read();
}
