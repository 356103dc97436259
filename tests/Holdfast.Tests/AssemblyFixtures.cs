using Holdfast.Testing.Swift;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedSwiftServer))]
