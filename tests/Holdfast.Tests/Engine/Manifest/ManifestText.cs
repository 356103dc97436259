using System.Text;
using Holdfast.Engine.Manifest;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

internal static class ManifestText
{
    public const string Smallest = """
        application: orchard
        databases: { main: { sqlite: a.db } }
        repositories: { local: { path: /backups } }

        """;

    public static ManifestResult Read(string yaml) => ManifestReader.Read(Encoding.UTF8.GetBytes(yaml), "holdfast.yaml", "/srv/orchard");

    public static ManifestError OnlyError(string yaml) => Assert.Single(Read(yaml).Errors);
}
