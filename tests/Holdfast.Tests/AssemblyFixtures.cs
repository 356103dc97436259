using Holdfast.Testing.Postgres;
using Holdfast.Testing.Swift;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgresCluster))]
[assembly: AssemblyFixture(typeof(SharedSwiftServer))]
