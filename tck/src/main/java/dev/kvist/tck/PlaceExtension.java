package dev.kvist.tck;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test of a contract its {@link Place}, and closes it afterwards. */
final class PlaceExtension implements ParameterResolver {
  private static final ExtensionContext.Namespace SPACE =
      ExtensionContext.Namespace.create(PlaceExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Place.class;
  }

  @Override
  public Place resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var backend = (BackendUnderTest) context.getRequiredTestInstance();
    var place = new Place(backend, backend.options());
    // The store of the context closes what it holds when the test is over.
    context.getStore(SPACE).put(place, place);
    return place;
  }
}
