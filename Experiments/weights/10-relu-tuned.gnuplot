# Draws 10-relu-tuned.svg from 10-relu-tuned.csv; gnuplot -e "format='png'" 10-relu-tuned.gnuplot draws 10-relu-tuned.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 1100,1300 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 440,520 font 'DejaVu Sans,10' background 'white'
}
set output '10-relu-tuned.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set multiplot layout 4,1 title 'Training of 10-relu-tuned'
unset key
set grid linecolor rgb '#cccccc' linewidth 0.8
set border 3
set tics nomirror font ',8'
set lmargin at screen 0.2
set rmargin at screen 0.96
set bmargin 2.5
set tmargin 1
set format y '%g'
set xrange [*:*]
set ylabel 'loss' font ',9'
set logscale y
set yrange [0.0000195002:0.0000256018]
set ytics ('2e-05' 0.0000200000, '2.2e-05' 0.0000220000, '2.4e-05' 0.0000240000)
plot '10-relu-tuned.csv' skip 1 using 1:2 with lines linestyle 1
set ylabel 'validation'."\n".'PSNR [dB]' font ',9'
unset logscale y
set yrange [*:*]
set ytics 0.1
plot '10-relu-tuned.csv' skip 1 using 1:3 with lines linestyle 1
set ylabel 'validation'."\n".'SSIM' font ',9'
unset logscale y
set yrange [*:*]
set ytics 0.0002
plot '10-relu-tuned.csv' skip 1 using 1:4 with lines linestyle 1
set ylabel 'validation'."\n".'RMSE [HU]' font ',9'
unset logscale y
set yrange [*:*]
set ytics 0.1
set xlabel 'epoch' font ',9' offset 0,0.5
set bmargin 3
plot '10-relu-tuned.csv' skip 1 using 1:5 with lines linestyle 1
unset multiplot
