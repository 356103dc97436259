namespace Holdfast.Engine.Progress;

/// <summary>
/// What a long operation has done so far. The worker threads count, a screen reads when it likes; nothing waits for anything. Thread-safe.
/// </summary>
public sealed class OperationProgress
{
    private long _bytes;
    private long _items;
    private long _totalBytes;
    private volatile string _step = string.Empty;

    /// <summary>Told the name of each step that begins, by the thread that begins it.</summary>
    internal Action<string>? StepBegins { get; set; }

    /// <summary>Told before the next step begins, while the counters are still those of the step that ends.</summary>
    internal Action? StepEnds { get; set; }

    /// <summary>What is being done now, as a short phrase: "reading the database main".</summary>
    public string Step => _step;

    /// <summary>Bytes done in this step.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes this step has to do; 0 when that is not known.</summary>
    public long TotalBytes => Interlocked.Read(ref _totalBytes);

    /// <summary>Files or other items done in this step.</summary>
    public long Items => Interlocked.Read(ref _items);

    /// <summary>Starts a step and sets the counters to zero.</summary>
    /// <param name="step">A short phrase.</param>
    /// <param name="totalBytes">0 when not known.</param>
    public void Begin(string step, long totalBytes = 0)
    {
        StepEnds?.Invoke();
        Interlocked.Exchange(ref _bytes, 0);
        Interlocked.Exchange(ref _items, 0);
        Interlocked.Exchange(ref _totalBytes, totalBytes);
        _step = step;
        StepBegins?.Invoke(step);
    }

    public void AddBytes(long count) => Interlocked.Add(ref _bytes, count);

    public void AddItem() => Interlocked.Increment(ref _items);
}
