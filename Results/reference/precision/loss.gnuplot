# Draws loss.svg from loss.csv; gnuplot -e "format='png'" loss.gnuplot draws loss.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,755 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,302 font 'DejaVu Sans,10' background 'white'
}
set output 'loss.' . format
set datafile separator comma
set label 1 'PSNR of the integer network minus that of the'."\n".'float network [dB]' at screen 0.5,0.95364 center font ',10'
set xlabel 'weights [bit]'
set ylabel 'activations [bit]'
set lmargin at screen 0.172222
set rmargin at screen 0.966667
set tmargin at screen 0.860927
set bmargin at screen 0.165563
unset key
unset colorbox
set tics scale 0 nomirror
set xtics ('6' 0, '7' 1, '8' 2, '9' 3, '10' 4, '12' 5, '14' 6)
set ytics ('8' 0, '9' 1, '10' 2, '11' 3, '12' 4, '13' 5, '14' 6)
set xrange [-0.5:6.5]
set yrange [-0.5:6.5]
set object 1 rectangle from -0.5,-0.5 to 0.5,0.5 fillcolor rgb '#8c8c8c' fillstyle solid noborder
set label 2 '-1.404' at 0,0 center front font ',8'
set object 2 rectangle from 0.5,-0.5 to 1.5,0.5 fillcolor rgb '#d8d8d8' fillstyle solid noborder
set label 3 '-0.462' at 1,0 center front font ',8'
set object 3 rectangle from 1.5,-0.5 to 2.5,0.5 fillcolor rgb '#dcdcdc' fillstyle solid noborder
set label 4 '-0.413' at 2,0 center front font ',8'
set object 4 rectangle from 2.5,-0.5 to 3.5,0.5 fillcolor rgb '#e9e9e9' fillstyle solid noborder
set label 5 '-0.243' at 3,0 center front font ',8'
set object 5 rectangle from 3.5,-0.5 to 4.5,0.5 fillcolor rgb '#e8e8e8' fillstyle solid noborder
set label 6 '-0.262' at 4,0 center front font ',8'
set object 6 rectangle from 4.5,-0.5 to 5.5,0.5 fillcolor rgb '#e7e7e7' fillstyle solid noborder
set label 7 '-0.269' at 5,0 center front font ',8'
set object 7 rectangle from 5.5,-0.5 to 6.5,0.5 fillcolor rgb '#e7e7e7' fillstyle solid noborder
set label 8 '-0.270' at 6,0 center front font ',8'
set object 8 rectangle from -0.5,0.5 to 0.5,1.5 fillcolor rgb '#989898' fillstyle solid noborder
set label 9 '-1.253' at 0,1 center front font ',8'
set object 9 rectangle from 0.5,0.5 to 1.5,1.5 fillcolor rgb '#e7e7e7' fillstyle solid noborder
set label 10 '-0.268' at 1,1 center front font ',8'
set object 10 rectangle from 1.5,0.5 to 2.5,1.5 fillcolor rgb '#ebebeb' fillstyle solid noborder
set label 11 '-0.222' at 2,1 center front font ',8'
set object 11 rectangle from 2.5,0.5 to 3.5,1.5 fillcolor rgb '#fafafa' fillstyle solid noborder
set label 12 '-0.039' at 3,1 center front font ',8'
set object 12 rectangle from 3.5,0.5 to 4.5,1.5 fillcolor rgb '#f8f8f8' fillstyle solid noborder
set label 13 '-0.060' at 4,1 center front font ',8'
set object 13 rectangle from 4.5,0.5 to 5.5,1.5 fillcolor rgb '#f7f7f7' fillstyle solid noborder
set label 14 '-0.066' at 5,1 center front font ',8'
set object 14 rectangle from 5.5,0.5 to 6.5,1.5 fillcolor rgb '#f7f7f7' fillstyle solid noborder
set label 15 '-0.068' at 6,1 center front font ',8'
set object 15 rectangle from -0.5,1.5 to 0.5,2.5 fillcolor rgb '#9b9b9b' fillstyle solid noborder
set label 16 '-1.217' at 0,2 center front font ',8'
set object 16 rectangle from 0.5,1.5 to 1.5,2.5 fillcolor rgb '#ececec' fillstyle solid noborder
set label 17 '-0.212' at 1,2 center front font ',8'
set object 17 rectangle from 1.5,1.5 to 2.5,2.5 fillcolor rgb '#efefef' fillstyle solid noborder
set label 18 '-0.169' at 2,2 center front font ',8'
set object 18 rectangle from 2.5,1.5 to 3.5,2.5 fillcolor rgb '#fefefe' fillstyle solid noborder
set label 19 '0.019' at 3,2 center front font ',8'
set object 19 rectangle from 3.5,1.5 to 4.5,2.5 fillcolor rgb '#fcfcfc' fillstyle solid noborder
set label 20 '-0.003' at 4,2 center front font ',8'
set object 20 rectangle from 4.5,1.5 to 5.5,2.5 fillcolor rgb '#fcfcfc' fillstyle solid noborder
set label 21 '-0.008' at 5,2 center front font ',8'
set object 21 rectangle from 5.5,1.5 to 6.5,2.5 fillcolor rgb '#fcfcfc' fillstyle solid noborder
set label 22 '-0.011' at 6,2 center front font ',8'
set object 22 rectangle from -0.5,2.5 to 0.5,3.5 fillcolor rgb '#979797' fillstyle solid noborder
set label 23 '-1.261' at 0,3 center front font ',8'
set object 23 rectangle from 0.5,2.5 to 1.5,3.5 fillcolor rgb '#ededed' fillstyle solid noborder
set label 24 '-0.196' at 1,3 center front font ',8'
set object 24 rectangle from 1.5,2.5 to 2.5,3.5 fillcolor rgb '#f1f1f1' fillstyle solid noborder
set label 25 '-0.147' at 2,3 center front font ',8'
set object 25 rectangle from 2.5,2.5 to 3.5,3.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 26 '0.026' at 3,3 center front font ',8'
set object 26 rectangle from 3.5,2.5 to 4.5,3.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 27 '0.005' at 4,3 center front font ',8'
set object 27 rectangle from 4.5,2.5 to 5.5,3.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 28 '-0.001' at 5,3 center front font ',8'
set object 28 rectangle from 5.5,2.5 to 6.5,3.5 fillcolor rgb '#fcfcfc' fillstyle solid noborder
set label 29 '-0.003' at 6,3 center front font ',8'
set object 29 rectangle from -0.5,3.5 to 0.5,4.5 fillcolor rgb '#9a9a9a' fillstyle solid noborder
set label 30 '-1.229' at 0,4 center front font ',8'
set object 30 rectangle from 0.5,3.5 to 1.5,4.5 fillcolor rgb '#ededed' fillstyle solid noborder
set label 31 '-0.201' at 1,4 center front font ',8'
set object 31 rectangle from 1.5,3.5 to 2.5,4.5 fillcolor rgb '#f1f1f1' fillstyle solid noborder
set label 32 '-0.149' at 2,4 center front font ',8'
set object 32 rectangle from 2.5,3.5 to 3.5,4.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 33 '0.028' at 3,4 center front font ',8'
set object 33 rectangle from 3.5,3.5 to 4.5,4.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 34 '0.007' at 4,4 center front font ',8'
set object 34 rectangle from 4.5,3.5 to 5.5,4.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 35 '0.002' at 5,4 center front font ',8'
set object 35 rectangle from 5.5,3.5 to 6.5,4.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 36 '0.000' at 6,4 center front font ',8'
set object 36 rectangle from -0.5,4.5 to 0.5,5.5 fillcolor rgb '#999999' fillstyle solid noborder
set label 37 '-1.247' at 0,5 center front font ',8'
set object 37 rectangle from 0.5,4.5 to 1.5,5.5 fillcolor rgb '#ededed' fillstyle solid noborder
set label 38 '-0.198' at 1,5 center front font ',8'
set object 38 rectangle from 1.5,4.5 to 2.5,5.5 fillcolor rgb '#f1f1f1' fillstyle solid noborder
set label 39 '-0.148' at 2,5 center front font ',8'
set object 39 rectangle from 2.5,4.5 to 3.5,5.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 40 '0.028' at 3,5 center front font ',8'
set object 40 rectangle from 3.5,4.5 to 4.5,5.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 41 '0.006' at 4,5 center front font ',8'
set object 41 rectangle from 4.5,4.5 to 5.5,5.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 42 '0.001' at 5,5 center front font ',8'
set object 42 rectangle from 5.5,4.5 to 6.5,5.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 43 '-0.001' at 6,5 center front font ',8'
set object 43 rectangle from -0.5,5.5 to 0.5,6.5 fillcolor rgb '#9b9b9b' fillstyle solid noborder
set label 44 '-1.223' at 0,6 center front font ',8'
set object 44 rectangle from 0.5,5.5 to 1.5,6.5 fillcolor rgb '#ededed' fillstyle solid noborder
set label 45 '-0.201' at 1,6 center front font ',8'
set object 45 rectangle from 1.5,5.5 to 2.5,6.5 fillcolor rgb '#f1f1f1' fillstyle solid noborder
set label 46 '-0.151' at 2,6 center front font ',8'
set object 46 rectangle from 2.5,5.5 to 3.5,6.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 47 '0.029' at 3,6 center front font ',8'
set object 47 rectangle from 3.5,5.5 to 4.5,6.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 48 '0.008' at 4,6 center front font ',8'
set object 48 rectangle from 4.5,5.5 to 5.5,6.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 49 '0.003' at 5,6 center front font ',8'
set object 49 rectangle from 5.5,5.5 to 6.5,6.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 50 '0.001' at 6,6 center front font ',8'
plot NaN notitle
