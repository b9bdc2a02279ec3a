@NullMarked
package dev.kvist.config;

import org.jspecify.annotations.NullMarked;
