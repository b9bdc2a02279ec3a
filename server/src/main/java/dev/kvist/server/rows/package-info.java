/**
 * Entries as text: JSON lines, CSV and tab-separated rows, read with bounded memory and written
 * without loss.
 */
@NullMarked
package dev.kvist.server.rows;

import org.jspecify.annotations.NullMarked;
