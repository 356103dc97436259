namespace Holdfast.Testing.Postgres;

/// <summary>An extension that the installed PostgreSQL has until this is disposed of: what was saved with it then meets servers that lack it.</summary>
public sealed class PassingExtension : IDisposable
{
    private readonly string[] _files;

    private PassingExtension(string name, string[] files) => (Name, _files) = (name, files);

    public string Name { get; }

    /// <summary>Installs one, or ends the test where that is not allowed.</summary>
    public static PassingExtension Install()
    {
        RealComponent.RequireRoot("install an extension of PostgreSQL");
        PostgresInstallation.Require("postgres");
        var name = "holdfast_test_" + Guid.NewGuid().ToString("n")[..8];
        var folder = $"/usr/share/postgresql/{PostgresInstallation.Major}/extension";
        string[] files = [Path.Combine(folder, name + ".control"), Path.Combine(folder, name + "--1.0.sql")];
        File.WriteAllText(files[0], "default_version = '1.0'\nrelocatable = true\n");
        File.WriteAllText(files[1], "create function seven() returns int language sql as 'select 7';\n");
        return new PassingExtension(name, files);
    }

    public void Dispose()
    {
        foreach (var file in _files) File.Delete(file);
    }
}
