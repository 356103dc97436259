using Holdfast.Testing.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgresCluster))]
