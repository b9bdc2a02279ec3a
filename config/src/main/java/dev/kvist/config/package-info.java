/** Configuration in YAML, modules and their life cycle. */
@NullMarked
package dev.kvist.config;

import org.jspecify.annotations.NullMarked;
