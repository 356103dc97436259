using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Keys;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine;

/// <summary>A temporary folder, and a repository whose key is quick to open.</summary>
internal abstract class RepositoryScene(Repository repository) : IDisposable
{
    protected static readonly ClientIdentity Owner = new("host", "tester", Environment.ProcessId, 0, 0);

    public Repository Repository => repository;

    public TempDirectory Temp { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Repository.Dispose();
        Temp.Dispose();
    }

    protected static Task<Repository> InitializeAsync(IBackend backend) => Repository.InitializeAsync(
        backend, "secret"u8.ToArray(), new RepositoryOptions { KeyCost = new ScryptParameters(16, 8, 1) }, Owner, TimeProvider.System, Token);
}
