using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Layers;

public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_bytes_a_second_go_up_and_others_down()
    {
        var clock = new ManualTimeProvider();
        var backend = new BandwidthLimit(new MemoryBackend(), upload: 1000, download: 500, clock);
        var handles = Enumerable.Range(1, 5).Select(i => (Handle: new FileHandle(FileType.Pack, Id.Of([(byte)i])), Content: new byte[2000])).ToList();

        var up = Task.WhenAll(handles.Select(file => backend.WriteAsync(file.Handle, file.Content, Token)));
        await clock.FollowAsync(AsTask(up), TimeSpan.MaxValue);
        // The last of five goes when there was time for the four before it.
        Assert.Equal(8, Elapsed(clock));

        var down = Task.WhenAll(handles.Select(file => backend.ReadAsync(file.Handle, 0, new byte[2000], Token)));
        await clock.FollowAsync(AsTask(down), TimeSpan.MaxValue);
        Assert.Equal(8 + 16, Elapsed(clock));
    }

    [Fact]
    public async Task So_many_requests_are_under_way_and_no_more()
    {
        var inner = new Slow();
        var backend = new ConcurrencyLimit(inner, 3);
        var reads = Enumerable.Range(0, 10).Select(_ => backend.StatAsync(FileHandle.Config, Token)).ToList();

        await Conditions.Eventually("three are under way", () => inner.UnderWay == 3);
        for (var i = 0; i < 10; i++)
        {
            Assert.InRange(inner.UnderWay, 1, 3);
            inner.LetOneGo();
            await Conditions.Eventually("one has ended", () => reads.Count(read => read.IsCompleted) > i);
        }

        await Task.WhenAll(reads);
    }

    private static double Elapsed(ManualTimeProvider clock) => TimeSpan.FromTicks(clock.GetTimestamp()).TotalSeconds;

    private static async Task<bool> AsTask(Task task)
    {
        await task;
        return true;
    }

    private sealed class Slow() : LayeredBackend(new MemoryBackend())
    {
        private readonly SemaphoreSlim _go = new(0);
        private int _underWay;

        public int UnderWay => Volatile.Read(ref _underWay);

        public void LetOneGo() => _go.Release();

        public override async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _underWay);
            await _go.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _underWay);
            return null;
        }
    }
}
